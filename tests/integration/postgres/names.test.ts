import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Storage } from '#backend/storage/port.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { startTcpProxy } from '#tests/fixtures/servers/tcp-proxy.ts'

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 120_000; !(await holds()); await pause(20)) {
    if (performance.now() > end) throw new Error('it never came to be')
  }
}

describe.skipIf(!hasPostgres)('the name of an instance', () => {
  let server: PostgresServer
  let database: string
  const cleanups: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startPostgres()
    database = `names${randomBytes(6).toString('hex')}`
    await server.createDatabase(database)
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(() => server?.close())

  const open = async (instance: string, more: { url?: string; nameMs?: number; nameLost?: () => void } = {}) => {
    const storage: Storage = await openPostgres({
      ...{ engine: 'postgres', url: server.url(database), instance, nameMs: 1_000, statementMs: 3_000 },
      ...more,
    })
    cleanups.push(() => storage.close())
    return storage
  }
  const taken = { code: 'storage.locked', params: { reason: 'instance-name', instance: 'core-1' } }
  const holders = async (): Promise<readonly number[]> => {
    const rows = await server.query(`select pid from pg_locks where locktype = 'advisory' and granted`)
    return rows.map(({ pid }) => Number(pid))
  }
  const heldAnew = (before: readonly number[]) =>
    until(async () => {
      const now = await holders()
      return now.length === 1 && now[0] !== before[0]
    })

  test('is held by one run; another one is refused, and let in once it has gone', async () => {
    const first = await open('core-1')
    await open('core-2')
    await expect(open('core-1')).rejects.toMatchObject(taken)
    const waiting = open('core-1', { nameMs: 20_000 })
    await pause(200)
    await first.close()
    await waiting
  })

  test('is taken anew by the same run when its connection is lost, or the server believes in the old one', async () => {
    const network = await startTcpProxy(server.port)
    cleanups.push(network.close)
    const lost: string[] = []
    const url = server.url(database).replace(`:${server.port}/`, `:${network.port}/`)
    await open('core-1', { url, nameLost: () => lost.push('lost') })
    const first = await holders()
    await server.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`)
    await heldAnew(first)
    await expect(open('core-1')).rejects.toMatchObject(taken)
    // The client's side is gone, the server's is not.
    const second = await holders()
    network.orphan()
    await heldAnew(second)
    await expect(open('core-1')).rejects.toMatchObject(taken)
    expect(lost).toEqual([])
  })

  test('that another run took meanwhile is told to who lost it', async () => {
    const network = await startTcpProxy(server.port)
    cleanups.push(network.close)
    let lost = 0
    const url = server.url(database).replace(`:${server.port}/`, `:${network.port}/`)
    await open('core-1', { url, nameLost: () => lost++ })
    network.cut()
    await server.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`)
    await open('core-1')
    network.heal()
    await until(() => lost > 0)
    expect(lost).toBe(1)
  })
})
