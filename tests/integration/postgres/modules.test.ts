import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Backend, startBackend } from '#backend/host.ts'
import type { Storage } from '#backend/storage/port.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import type { AlertRow } from '#protocol/alerts.ts'
import type { InstanceRow } from '#protocol/hub.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { recount, servedRows } from '../kernel/replay.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined } as never

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 40_000; !(await holds()); await pause(100)) {
    if (performance.now() > end) throw new Error('it never came to be')
  }
}

describe.skipIf(!hasPostgres)('whole backends on one PostgreSQL', () => {
  let server: PostgresServer
  let folder: string
  const running: Backend[] = []
  let storage: Storage | undefined
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-backends-'))
  })
  afterAll(async () => {
    for (const backend of running) await backend.stop()
    await storage?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('start at once on an empty database, show each other, and raise each alert once', {
    timeout: 120_000,
  }, async () => {
    const url = await server.createDatabase()
    const start = async (instance: string): Promise<Backend> => {
      const directory = join(folder, instance)
      const backend = await startBackend({
        ...{ directory, mode: 'standalone', log },
        listen: [{ kind: 'pipe', path: join(directory, 'core.sock') }],
        database: { url, logKeyFile: join(folder, 'log.keys'), instance },
      })
      running.push(backend)
      return backend
    }
    const [east, west] = await Promise.all([start('east'), start('west')])
    expect(east?.deployment).toBe(west?.deployment)
    storage = await openPostgres({ engine: 'postgres', url })
    const open = storage
    const rows = async <Row>(collection: string): Promise<readonly Row[]> => [
      ...((await servedRows(open, collection)) as unknown as ReadonlyMap<string, Row>).values(),
    ]
    const states = async () =>
      Object.fromEntries((await rows<InstanceRow>('hub.instances')).map(({ instance, state }) => [instance, state]))
    await until(async () => Object.keys(await states()).length === 2)
    expect(await states()).toEqual({ east: 'running', west: 'running' })
    // Longer than the rule of silence waits: whoever judged by its own samples alone would raise it now.
    await pause(20_000)
    const silent = (await rows<AlertRow>('alerts')).filter(({ rule }) => rule === 'backend-silent')
    expect(silent).toEqual([])
    const { root, headRoot, ids } = await recount({ storage: open })
    expect(root).toBe(headRoot)
    expect([...ids.values()].every((count) => count === 1)).toBe(true)
    await west?.stop()
    running.splice(running.indexOf(west as Backend), 1)
    await until(async () => (await states())['west'] === 'stopped')
    expect((await states())['east']).toBe('running')
  })
})
