import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { attemptLimits } from '#backend/modules/session/attempts.ts'
import { isFrame, openFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed, connectRpc, failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { redeemAs, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { freePort } from '#tests/fixtures/servers/free-port.ts'
import { hasHaproxy, type ProxyServer, startHaproxy } from '#tests/fixtures/servers/haproxy.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '#tests/fixtures/servers/redis.ts'
import { type StandaloneProcess, startStandalone } from '../transport/standalone-process.ts'
import { type Desk, type Ledger, startDesk, watched } from './desk.ts'

const names = ['east', 'west'] as const
const desksCount = 10

const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asking = request(url, { rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asking.on('error', reject).end()
  })

/** `name{label="value"}` of every expression in the dashboard and the alerts that a team is given. */
const selectors = (): readonly string[] => {
  const textOf = (name: string) => readFileSync(join(import.meta.dirname, '../../../build/team', name), 'utf8')
  const { panels } = JSON.parse(textOf('grafana/libral.json')) as { panels: { targets: { expr: string }[] }[] }
  const { groups } = parse(textOf('alerts.yml')) as { groups: { rules: { expr: string }[] }[] }
  const expressions = [...panels.flatMap(({ targets }) => targets), ...groups.flatMap(({ rules }) => rules)]
  // A function's name is followed by its bracket; `up` is Prometheus' own.
  const selector = /\b[a-z0-9]+_[a-z0-9_]+\b(?!\s*\()(?:\{[^}]*\})?/g
  return [...new Set(expressions.flatMap(({ expr }) => expr.match(selector) ?? []))]
}
/** Whether one of these lines is such a series; `job` is what Prometheus adds. */
const isPrinted = (selector: string, lines: readonly string[]): boolean => {
  const [name = '', given = ''] = selector.split(/[{}]/)
  const labels = given.split(',').filter((one) => one !== '' && !one.startsWith('job='))
  const needed = labels.map((one) => (one.includes('!=') ? `${one.split('!=')[0]}="` : one))
  return lines.some((line) => line.split(/[{ ]/)[0] === name && needed.every((label) => line.includes(label)))
}

describe.skipIf(!hasPostgres || !hasRedis || !hasHaproxy)('two instances behind the proxy that a team is given', () => {
  let postgres: PostgresServer
  let redis: RedisServer
  let proxy: ProxyServer
  let folder: string
  let token: string
  const addresses: string[] = []
  const running = new Map<string, StandaloneProcess>()
  const open = async (name: string, address: string): Promise<void> => {
    const backend = await startStandalone(join(folder, name), ['--listen', address], {
      LIBRAL_DATABASE_URL: postgres.url('team'),
      LIBRAL_REDIS_URL: redis.url,
      LIBRAL_LOG_KEY_FILE: join(folder, 'log.key'),
      LIBRAL_TRUSTED_PROXY: '127.0.0.1',
      LIBRAL_INSTANCE: name,
    })
    running.set(name, backend)
  }

  beforeAll(async () => {
    ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
    await postgres.createDatabase('team')
    folder = mkdtempSync(join(tmpdir(), 'libral-proxy-'))
    for (const name of names) {
      addresses.push(`127.0.0.1:${await freePort()}`)
      await open(name, addresses.at(-1) ?? '')
    }
    proxy = await startHaproxy(addresses)
    const first = await redeemAs(proxy.url, running.get('east')?.code)
    token = first.token
    await first.session.close()
  })
  afterAll(async () => {
    await proxy?.close()
    for (const { process: backend, exited } of running.values()) {
      if (backend.exitCode === null && backend.signalCode === null) backend.kill('SIGKILL')
      await exited
    }
    await Promise.all([postgres?.close(), redis?.close()])
    rmSync(folder, { recursive: true, force: true })
  })

  test('shows the outside nothing but its two sockets', async () => {
    for (const path of ['/metrics', '/health', '/health/ready', '/']) {
      expect(await statusOf(`${proxy.url.replace('wss:', 'https:')}${path}`), path).toBe(404)
    }
  })

  test('prints every figure that the dashboard and the alerts ask for', async () => {
    const all = selectors()
    expect(all.length).toBeGreaterThan(15)
    const session = await signInAs(proxy.url, { method: 'token', secret: token })
    await failureOfCall(session.api.log.entry({ index: 999_999 }))
    const missing = async (): Promise<readonly string[]> => {
      const pages = await Promise.all(addresses.map((address) => fetch(`http://${address}/metrics`)))
      const lines = (await Promise.all(pages.map((page) => page.text()))).flatMap((text) => text.split('\n'))
      return all.filter((selector) => !isPrinted(selector, lines))
    }
    // Nothing replicates here.
    const replication = 'libral_telemetry{metric="database.replication.lag.bytes"}'
    await expect.poll(missing, { interval: 200 }).toEqual([replication])
    await session.close()
  })

  test('leads the calls and the feed of one person to any instance', async () => {
    const sessions: Session[] = []
    for (let nth = 0; nth < 4; nth++) sessions.push(await signInAs(proxy.url, { method: 'token', secret: token }))
    for (const session of sessions) {
      const { ticket } = await session.api.feed.ticket({})
      const feed = await openFeed(proxy.url, { ticket, cursors: { [watched]: null } })
      await feed.until(isFrame('opened'))
      await feed.close()
    }
    for (const session of sessions) await session.close()
  })

  test('tells the instances who asks, whatever who asks writes', async () => {
    const forged = { 'x-forwarded-for': '203.0.113.9' }
    const from = { localAddress: '127.0.0.9', headers: forged }
    const session = await signInAs(proxy.url, { method: 'token', secret: token }, 'from afar', from)
    const seen = async (): Promise<string | undefined> => {
      const all = await session.api.telemetry.inventory({})
      return all.flatMap(({ clients }) => clients.rows).find(({ client }) => client === 'from afar')?.address
    }
    await expect.poll(seen, { interval: 200 }).toBe('127.0.0.9')
    await session.close()
  })

  test('counts wrong sign-ins of one address over all instances, and lets the others in', async () => {
    const secret = 'x'.repeat(43)
    const attempt = (localAddress: string, tried: string) =>
      failureOfCall(signInAs(proxy.url, { method: 'token', secret: tried }, 'guesser', { localAddress }))
    for (let nth = 0; nth < attemptLimits.failures; nth++) {
      expect(await attempt('127.0.0.50', secret)).toMatchObject({ code: 'session.token-wrong' })
    }
    for (let nth = 0; nth < 4; nth++) {
      expect(await attempt('127.0.0.50', token)).toMatchObject({ code: 'session.too-many-attempts' })
    }
    await (
      await signInAs(proxy.url, { method: 'token', secret: token }, 'colleague', { localAddress: '127.0.0.51' })
    ).close()
  })

  test('sends who comes while an instance drains to the other, and nobody is refused', async () => {
    const ledger: Ledger = { acknowledged: new Map(), wrong: [] }
    const desks: Desk[] = await Promise.all(
      Array.from({ length: desksCount }, (_, nth) => startDesk(nth, [proxy.url], token, ledger, Math.random)),
    )
    const until = async (holds: () => boolean): Promise<void> => {
      await expect.poll(holds, { interval: 20 }).toBe(true)
    }
    const progress = async (more: number): Promise<void> => {
      const from = ledger.acknowledged.size
      await until(() => ledger.acknowledged.size >= from + more || ledger.wrong.length > 0)
    }
    const refused: unknown[] = []
    const sentAway = async (thrown: unknown): Promise<void> => {
      expect(await failureOfCall(Promise.reject(thrown))).toMatchObject({ code: 'link.overloaded' })
    }
    const met = new Set<string>()
    let coming = true
    const newcomers = async (): Promise<void> => {
      for (; coming; await pause(10)) {
        try {
          const { api, socket, close } = await connectRpc(proxy.url)
          // Who came just before the drain is sent away again, by an answer or by the end of the connection.
          const hello = api.session.hello({ min: 1, max: 1 }).then(({ instance }) => met.add(instance), sentAway)
          hello.catch(() => undefined)
          await Promise.race([hello, closed(socket)])
          await close()
        } catch (failure) {
          refused.push(failure)
        }
      }
    }
    const stream = newcomers()
    try {
      for (const [nth, name] of names.entries()) {
        await progress(50)
        const leaver = running.get(name) as StandaloneProcess
        leaver.process.kill('SIGTERM')
        expect(await leaver.exited).toBe(0)
        await progress(50)
        await open(name, addresses[nth] ?? '')
        // Nobody takes the next one down before the proxy has this one back.
        met.clear()
        await until(() => met.has(name))
      }
      await until(() => desks.every((desk) => desk.at() !== undefined))
    } finally {
      coming = false
      await stream
      for (const desk of desks) await desk.calm()
      await Promise.all(desks.map((desk) => desk.leave()))
    }
    expect(ledger.wrong).toEqual([])
    expect(refused).toEqual([])
  })
})
