import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { leaveHandover } from '#protocol/events.ts'
import { redeemAs, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { freePort } from '#tests/fixtures/servers/free-port.ts'
import { startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { startRedis } from '#tests/fixtures/servers/redis.ts'
import { type StandaloneProcess, startStandalone } from '#tests/integration/transport/standalone-process.ts'
import { answer, startChild } from './child.ts'
import { now, type Order, type Report } from './connections/clients.ts'

/**
 * One row on its way to the readers of two instances, half on each, against two bare `ws` servers of which each passes a
 * text of the same size on to as many; then every server holds as many by itself, and the memory of one of ours stands
 * against that of one of theirs. Both ways in the same order, so that neither finds a busier machine.
 * LIBRAL_BENCH_CONNECTIONS changes the number.
 */
const held = Number(process.env['LIBRAL_BENCH_CONNECTIONS'] ?? 10_000)
const messages = 20
const pauseMs = 100
const padding = 'x'.repeat(200)
const goal = 3

const rssOf = (pid: number | undefined): number => {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1_024
}
const start = (name: string): ChildProcess => startChild(join(import.meta.dirname, 'connections', name))
const ask = <T>(child: ChildProcess, order: Order): Promise<T> => {
  const reply = answer<T>(child)
  child.send(order)
  return reply
}
const ticketsOf = async (session: Session, count: number): Promise<string[]> => {
  const tickets: string[] = []
  for (let nth = 0; nth < count; nth++) tickets.push((await session.api.feed.ticket({})).ticket)
  return tickets
}
/** In portions, since a ticket lives for thirty seconds. */
const holdHalf = async (clients: ChildProcess, from: string, address: string, session: Session): Promise<void> => {
  const half = held / 2
  for (let opened = 0; opened < half; opened += 1_000) {
    const tickets = await ticketsOf(session, Math.min(1_000, half - opened))
    await ask(clients, { t: 'feed', from, address, tickets })
  }
}
const percentile = (values: Float64Array, share: number): string =>
  (values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN).toFixed(1)
const told = (name: string, reports: readonly Report[], expected: number): void => {
  const all = Float64Array.from(reports.flatMap(({ latencies }) => [...latencies])).sort()
  const received = reports.reduce((sum, report) => sum + report.received, 0)
  console.log(`${name}: p50 ${percentile(all, 0.5)} ms, p99 ${percentile(all, 0.99)} ms, ${received} of ${expected}`)
}

const folder = mkdtempSync(join(tmpdir(), 'libral-bench-connections-'))
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
const database = await postgres.createDatabase()
const openInstance = async (name: string): Promise<{ address: string; backend: StandaloneProcess }> => {
  const address = `127.0.0.1:${await freePort()}`
  const backend = await startStandalone(join(folder, name), ['--listen', address, '--connections', '30000'], {
    LIBRAL_DATABASE_URL: database,
    LIBRAL_REDIS_URL: redis.url,
    LIBRAL_LOG_KEY_FILE: join(folder, 'log.key'),
    LIBRAL_INSTANCE: name,
    LIBRAL_LOG: 'error',
  })
  return { address, backend }
}
const children: ChildProcess[] = []

/** Two servers, each with half of the readers; then with all of them. */
interface Pair {
  readonly pids: readonly (number | undefined)[]
  holdHalf(): Promise<unknown>
  send(nth: number): Promise<unknown>
}
interface Figures {
  readonly reports: readonly Report[]
  /** Of one server, MB: with nobody, and with as many as asked for. */
  readonly empty: number
  readonly full: number
}
const measure = async (readers: readonly ChildProcess[], pair: Pair): Promise<Figures> => {
  const [first] = pair.pids
  const empty = rssOf(first)
  await pair.holdHalf()
  const reports: Report[] = []
  for (let nth = 0; nth < messages; nth++) {
    await pair.send(nth)
    // The next one waits until all have this one: what is measured is one fan-out, not a queue of them.
    reports.push(...(await Promise.all(readers.map((one) => ask<Report>(one, { t: 'report', expected: held / 2 })))))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  await pair.holdHalf()
  const full = rssOf(first)
  await Promise.all(readers.map((one) => ask(one, { t: 'close' })))
  return { reports, empty, full }
}

const bareServers = async (readers: readonly ChildProcess[]): Promise<Pair> => {
  const servers = [start('bare.ts'), start('bare.ts')]
  children.push(...servers)
  const addresses = await Promise.all(servers.map((server) => answer<string>(server)))
  const drivers = addresses.map((address) => new WebSocket(`ws://${address}/`, { perMessageDeflate: false }))
  await Promise.all(drivers.map((driver) => once(driver, 'open')))
  return {
    pids: servers.map(({ pid }) => pid),
    holdHalf: () =>
      Promise.all(
        readers.map((one, nth) =>
          ask(one, { t: 'bare', from: `127.0.0.${nth + 2}`, address: addresses[nth] ?? '', count: held / 2 }),
        ),
      ),
    send: async () => {
      const text = JSON.stringify({ t: 'changes', row: 'x'.repeat(120), text: `${now()} ${padding}` })
      for (const driver of drivers) driver.send(text)
    },
  }
}

const instances = async (readers: readonly ChildProcess[]): Promise<Pair> => {
  const east = await openInstance('east')
  const west = await openInstance('west')
  children.push(east.backend.process, west.backend.process)
  const { session, token } = await redeemAs(east.address, east.backend.code)
  const other = await signInAs(west.address, { method: 'token', secret: token })
  const sides = [
    { address: east.address, session },
    { address: west.address, session: other },
  ]
  return {
    pids: [east.backend.process.pid, west.backend.process.pid],
    holdHalf: () =>
      Promise.all(
        sides.map((side, nth) =>
          holdHalf(readers[nth] as ChildProcess, `127.0.0.${nth + 2}`, side.address, side.session),
        ),
      ),
    send: async (nth) => {
      const at = nth % 2 === 0 ? session : other
      await at.api.command.submit(at.sign(leaveHandover, { shift: 'bench', text: `${now()} ${padding}` }))
    },
  }
}

try {
  const readers = [start('clients.ts'), start('clients.ts')]
  children.push(...readers)
  const reference = await measure(readers, await bareServers(readers))
  const ours = await measure(readers, await instances(readers))
  const expected = held * messages
  told(`connections.fan-out, ${held} readers on two instances`, ours.reports, expected)
  told(`reference, ${held} readers on two bare ws`, reference.reports, expected)
  const ratio = ours.full / reference.full
  const verdict = ratio <= goal ? 'reached' : 'MISSED'
  console.log(
    `connections.memory, ${held} on each of two instances: ${ours.full.toFixed(0)} MB (${ours.empty.toFixed(0)} without) ` +
      `beside each of two bare ws with ${held}: ${reference.full.toFixed(0)} MB (${reference.empty.toFixed(0)}): ` +
      `${ratio.toFixed(2)} x, goal ${goal}: ${verdict}`,
  )
} finally {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([postgres.close(), redis.close()])
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
