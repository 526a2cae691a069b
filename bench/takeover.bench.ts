import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaveHandover } from '#protocol/events.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { issueToken, registerOperator } from '#protocol/session.ts'
import { redeemAs, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { freePort } from '#tests/fixtures/servers/free-port.ts'
import { startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { startRedis } from '#tests/fixtures/servers/redis.ts'
import { type StandaloneProcess, startStandalone } from '#tests/integration/transport/standalone-process.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { answer, startChild } from './child.ts'
import { now } from './connections/clients.ts'
import type { Order, Settled } from './takeover/clients.ts'

/**
 * Desktops of two instances, half on each, when one instance is killed: how long until each of its desktops is live on
 * the other, signed in, with a proof of the log's head and its feed of every collection open; and whether any desktop lost a
 * row or got one twice. Beside it bare `ws` servers whose clients do nothing but connect again. One process may hold 20,000 sockets here and a desktop has two, so that
 * one instance can't take more than some 9,500 of them. LIBRAL_BENCH_DESKTOPS changes the number.
 */
const desktops = Number(process.env['LIBRAL_BENCH_DESKTOPS'] ?? 9_000)
const operators = 40
const goalMs = 5_000

const ask = <T>(child: ChildProcess, order: Order): Promise<T> => {
  const reply = answer<T>(child)
  child.send(order)
  return reply
}
const percentile = (values: Float64Array, share: number): number =>
  values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
const told = (name: string, settled: Settled, killedAt: number): number => {
  const away = settled.liveAt.map((at) => at - killedAt).sort()
  const [p50, p95, most] = [percentile(away, 0.5), percentile(away, 0.95), away.at(-1) ?? Number.NaN]
  const all = `${away.length} back: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, last ${most.toFixed(0)} ms`
  console.log(`${name}: ${all}; never ${settled.missing}; refused meanwhile ${settled.refused}`)
  return p95
}

const folder = mkdtempSync(join(tmpdir(), 'libral-bench-takeover-'))
const children: ChildProcess[] = []
const child = (name: string): ChildProcess => {
  const made = startChild(join(import.meta.dirname, name))
  children.push(made)
  return made
}

const bare = async (): Promise<void> => {
  const servers = [child('connections/bare.ts'), child('connections/bare.ts')] as const
  const addresses = await Promise.all(servers.map((server) => answer<string>(server)))
  const clients = [child('takeover/clients.ts'), child('takeover/clients.ts')] as const
  const count = desktops / 2
  const orders = [0, 1].map(
    (home) => ({ t: 'join', addresses, home, count, net: home + 2, tokens: [], offset: 0 }) as const,
  )
  await Promise.all(clients.map((one, nth) => ask(one, orders[nth] as Order)))
  const killedAt = now()
  servers[0].kill('SIGKILL')
  const settled = await ask<Settled>(clients[0], { t: 'settled', dead: addresses[0] ?? '', next: 0 })
  told(`reference, bare ws, ${count} sockets`, settled, killedAt)
  await Promise.all(clients.map((one) => ask(one, { t: 'leave' })))
  for (const one of [...servers, ...clients]) one.kill('SIGKILL')
}

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
  children.push(backend.process)
  return { address, backend }
}

/** Of a process and the system for it; a tick is 10 ms. */
const cpuMsOf = (pid: number | undefined): number => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').slice(11, 13) ?? []
  return (Number(user) + Number(system)) * 10
}

/** Tokens of as many operators, as an administrator hands them out. */
const tokensOf = async (administrator: Session): Promise<string[]> => {
  const submit = async (...given: Parameters<Session['own']['sign']>) =>
    administrator.api.command.submit((await administrator.own.sign(...given)) as never)
  const tokens: string[] = []
  for (let nth = 0; nth < operators; nth++) {
    const operator = `operator-${nth}` as OperatorId
    await submit(registerOperator, { operator, name: operator, roles: ['operator'] })
    const token = toBase64url(crypto.getRandomValues(new Uint8Array(32)))
    const digest = toBase64url(sha256(utf8(token)))
    await submit(issueToken, { digest, operator, label: 'bench', expiresAt: Date.now() + 86_400_000 })
    tokens.push(token)
  }
  return tokens
}

const team = async (): Promise<void> => {
  const east = await openInstance('east')
  const west = await openInstance('west')
  const { session, token } = await redeemAs(east.address, east.backend.code)
  const tokens = await tokensOf(session)
  const driver = await signInAs(west.address, { method: 'token', secret: token })
  let next = 0
  const leave = (): Promise<{ readonly index: number }> =>
    driver.api.command.submit(driver.sign(leaveHandover, { shift: 'bench', text: `${next++} ${'x'.repeat(100)}` }))
  const { index } = await session.api.command.submit(session.sign(leaveHandover, { shift: 'bench', text: 'before' }))
  const clients = [child('takeover/clients.ts'), child('takeover/clients.ts')] as const
  const addresses = [east.address, west.address]
  const count = desktops / 2
  const orders = [0, 1].map(
    (home) => ({ t: 'join', addresses, home, count, net: home + 2, tokens, offset: index + 1 }) as const,
  )
  await Promise.all(clients.map((one, nth) => ask(one, orders[nth] as Order)))
  await leave()
  await Promise.all(clients.map((one) => ask<Settled>(one, { t: 'settled', dead: null, next })))

  const before = cpuMsOf(west.backend.process.pid)
  const killedAt = now()
  east.backend.process.kill('SIGKILL')
  let flowing = true
  const flow = (async () => {
    for (; flowing; await new Promise((resolve) => setTimeout(resolve, 1_000))) await leave()
  })()
  const live = await ask<Settled>(clients[0], { t: 'settled', dead: east.address, next: 0 })
  const each = (cpuMsOf(west.backend.process.pid) - before) / count
  console.log(
    `the other instance took ${each.toFixed(2)} ms of one core for each, with what it did for the others meanwhile`,
  )
  flowing = false
  await flow
  await leave()
  const [theirs, others] = await Promise.all(
    clients.map((one) => ask<Settled>(one, { t: 'settled', dead: east.address, next })),
  )
  const p95 = told(`takeover, ${count} desktops of a killed instance`, live, killedAt)
  const all = [theirs, others].flatMap((it) => it ?? [])
  const sum = (of: 'lost' | 'doubled' | 'missing') => all.reduce((total, it) => total + it[of], 0)
  const verdict = p95 < goalMs && all.every((it) => it.lost + it.doubled + it.missing === 0) ? 'reached' : 'MISSED'
  console.log(
    `rows lost ${sum('lost')}, doubled ${sum('doubled')}, desktops without the last row ${sum('missing')} of ${desktops}; ` +
      `goal p95 ${goalMs} ms: ${verdict}`,
  )
}

try {
  await bare()
  await team()
} finally {
  for (const one of children) one.kill('SIGKILL')
  await Promise.all([postgres.close(), redis.close()])
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
