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
 * One row on its way to the readers of two instances, half on each, against bare `ws` passing a text of the same size on
 * to as many; then each instance holds as many as that by itself, and its memory stands against bare `ws` with as many.
 * LIBRAL_BENCH_CONNECTIONS changes the number.
 */
const held = Number(process.env['LIBRAL_BENCH_CONNECTIONS'] ?? 10_000)
const messages = 20
const pauseMs = 250
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
try {
  const bare = start('bare.ts')
  const readers = [start('clients.ts'), start('clients.ts')] as const
  children.push(bare, ...readers)
  const bareAddress = await answer<string>(bare)
  const bareBefore = rssOf(bare.pid)
  await Promise.all(
    readers.map((one, nth) =>
      ask(one, { t: 'bare', from: `127.0.0.${nth + 2}`, address: bareAddress, count: held / 2 }),
    ),
  )
  const bareAfter = rssOf(bare.pid)

  const east = await openInstance('east')
  const west = await openInstance('west')
  children.push(east.backend.process, west.backend.process)
  const { session, token } = await redeemAs(east.address, east.backend.code)
  const other = await signInAs(west.address, { method: 'token', secret: token })
  const driver = new WebSocket(`ws://${bareAddress}/`, { perMessageDeflate: false })
  await once(driver, 'open')
  for (let nth = 0; nth < messages; nth++) {
    driver.send(JSON.stringify({ t: 'changes', row: 'x'.repeat(120), text: `${now()} ${padding}` }))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  const expected = (held * messages) / 2
  const reference = await Promise.all(readers.map((one) => ask<Report>(one, { t: 'report', expected })))
  driver.terminate()
  await Promise.all(readers.map((one) => ask(one, { t: 'close' })))

  const before = rssOf(east.backend.process.pid)
  const halves = () =>
    Promise.all([
      holdHalf(readers[0], '127.0.0.2', east.address, session),
      holdHalf(readers[1], '127.0.0.3', west.address, other),
    ])
  await halves()
  for (let nth = 0; nth < messages; nth++) {
    const at = nth % 2 === 0 ? session : other
    await at.api.command.submit(at.sign(leaveHandover, { shift: 'bench', text: `${now()} ${padding}` }))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  const reports = await Promise.all(readers.map((one) => ask<Report>(one, { t: 'report', expected })))
  told(`connections.fan-out, ${held} readers on two instances`, reports, 2 * expected)
  told(`reference, bare ws, ${held} readers of one process`, reference, 2 * expected)
  await halves()
  const after = rssOf(east.backend.process.pid)
  const ratio = after / bareAfter
  const verdict = ratio <= goal ? 'reached' : 'MISSED'
  console.log(
    `connections.memory, ${held} on each of two instances: ${after.toFixed(0)} MB (${before.toFixed(0)} without) beside ` +
      `bare ws with ${held}: ${bareAfter.toFixed(0)} MB (${bareBefore.toFixed(0)}): ${ratio.toFixed(2)} x, goal ${goal}: ${verdict}`,
  )
} finally {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([postgres.close(), redis.close()])
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
