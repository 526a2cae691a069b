import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { leaveHandover } from '#protocol/events.ts'
import { opened, urlOf } from '#tests/fixtures/client/rpc-client.ts'
import { type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { answer, startChild } from './child.ts'
import { type ClientsOrder, type ClientsReport, now } from './feed/clients.ts'

/**
 * 1,000 feed clients, 100 signed commands a second: from sending the command to the change at every client. That span
 * holds more than commit to receipt: the call, the door's signature check and the commit's fsync. The reference sends as
 * many texts of the same size through bare `ws` to as many clients, with no signature, log or storage. Server, readers and
 * this driver are three processes, the same ones for both.
 */
const readers = 1_000
const perSecond = 100
const seconds = 5
/** By turns with the reference; each side's best round counts, since other work of the machine only ever adds. */
const rounds = 3
const total = perSecond * seconds
const padding = 'x'.repeat(200)
const targetMs = 100

const start = (name: string): ChildProcess => startChild(join(import.meta.dirname, 'feed', name))
const ask = <T>(child: ChildProcess, order: ClientsOrder): Promise<T> => {
  const reply = answer<T>(child)
  child.send(order)
  return reply
}

/** Calls `send` at an even pace; a pause of the machine is caught up with, not left out. */
const paced = async (send: (text: string) => void): Promise<void> => {
  const began = now()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((now() - began) * perSecond) / 1_000))
    for (; sent < due; sent++) send(`${now()} ${padding}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const measureFeed = async (clients: ChildProcess, address: string, session: Session): Promise<ClientsReport> => {
  const tickets: string[] = []
  for (let i = 0; i < readers; i++) tickets.push((await session.api.feed.ticket({})).ticket)
  await ask(clients, { t: 'feed', address, tickets })
  const answers: Promise<unknown>[] = []
  await paced((text) => {
    answers.push(session.api.command.submit(session.sign(leaveHandover, { shift: 'bench', text })))
  })
  await Promise.all(answers)
  return ask(clients, { t: 'report', expected: readers * total })
}

const measureBare = async (clients: ChildProcess, address: string): Promise<ClientsReport> => {
  await ask(clients, { t: 'bare', address, count: readers })
  const driver = new WebSocket(urlOf(address, '/'), { perMessageDeflate: false })
  await opened(driver)
  // As long as the feed's row.
  await paced((text) => driver.send(JSON.stringify({ t: 'changes', row: 'x'.repeat(120), text })))
  const report = await ask<ClientsReport>(clients, { t: 'report', expected: readers * total })
  driver.close()
  return report
}

const best = (reports: readonly ClientsReport[]): ClientsReport =>
  reports.reduce((one, other) => (other.p95 < one.p95 ? other : one))

const line = (name: string, { received, p50, p95, p99, max }: ClientsReport): string => {
  const figures = [p50, p95, p99, max].map((ms) => ms.toFixed(1)).join(' / ')
  return `${name}: p50 / p95 / p99 / max ${figures} ms, ${received} of ${readers * total} deliveries`
}

const server = start('server.ts')
const clients = start('clients.ts')
try {
  const { core, bare, secret } = await answer<{ core: string; bare: string; secret: string }>(server)
  const session = await signInAs(core, { method: 'launch', secret }, 'bench')
  const reports = { bare: [] as ClientsReport[], feed: [] as ClientsReport[] }
  for (let round = 0; round < rounds; round++) {
    reports.bare.push(await measureBare(clients, bare))
    reports.feed.push(await measureFeed(clients, core, session))
  }
  await session.close()
  const [reference, feed] = [best(reports.bare), best(reports.feed)]
  console.log(line(`feed.command-to-receipt, ${readers} clients, ${perSecond}/s`, feed))
  console.log(line('reference, bare ws fan-out', reference))
  const verdict = feed.p95 <= targetMs ? 'reached' : 'MISSED'
  console.log(`feed.p95 ratio ${(feed.p95 / reference.p95).toFixed(2)}; target p95 < ${targetMs} ms: ${verdict}`)
  const missing = reports.feed.map(({ received }) => readers * total - received)
  if (missing.some((count) => count !== 0)) throw new Error(`deliveries missing by round: ${missing}`)
} finally {
  clients.kill()
  if (server.exitCode === null) {
    const ended = once(server, 'exit')
    server.send('end')
    await ended
  }
}
