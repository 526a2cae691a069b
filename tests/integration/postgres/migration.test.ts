import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTables } from '#backend/storage/migrations/0001-tables.ts'
import { migrate } from '#backend/storage/migrations.ts'
import { connect, settingsOf } from '#backend/storage/postgres/connection.ts'
import { migrating, openPostgres, types } from '#backend/storage/postgres/engine.ts'
import type { Db } from '#backend/storage/schema.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { note } from '../kernel/harness.ts'
import { recount, servedRows, tableText } from '../kernel/replay.ts'
import { openInstance, signIn } from './team.ts'

describe.skipIf(!hasPostgres)('migrations on PostgreSQL', () => {
  let server: PostgresServer
  let folder: string
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-migration-'))
  })
  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const tablesOf = async (url: string): Promise<readonly unknown[]> =>
    server.query(
      `select tablename from pg_tables where schemaname = 'public' order by 1`,
      new URL(url).pathname.slice(1),
    )

  test('one that is cut off by a crash leaves nothing half, and the next start does it whole', async () => {
    const url = await server.createDatabase()
    const db = connect(settingsOf({ engine: 'postgres', url }), { most: 1 })
    let reached: () => void = () => undefined
    const within = new Promise<void>((resolve) => {
      reached = resolve
    })
    const interrupted = migrate(migrating(db), types, [
      async (step, columns) => {
        await createTables(step, columns)
        reached()
        await sql`select pg_sleep(60)`.execute(step)
      },
    ])
    const failed = expect(interrupted).rejects.toMatchObject({ code: 'storage.unavailable' })
    await within
    await server.kill()
    await failed
    await db.destroy()
    await server.start()
    expect(await tablesOf(url)).toEqual([])
    const storage = await openPostgres({ engine: 'postgres', url })
    expect((await storage.head()).size).toBe(0)
    await storage.close()
  })

  test('the next one, cut off over a log that stands, leaves the log and its rows as they were', async () => {
    const url = await server.createDatabase()
    const keyFile = join(folder, 'log.key')
    const open = () => openInstance({ url, keyFile, instance: 'core' })
    const first = await open()
    const person = await signIn(first)
    for (let nth = 0; nth < 20; nth++) await first.kernel.submit(note(person, `${nth}`))
    const before = await recount(first)
    const rows = tableText(await servedRows(first.storage, 'events.handovers'))
    await first.kernel.drain()

    const db = connect(settingsOf({ engine: 'postgres', url }), { most: 1 })
    const meta = await db
      .selectFrom('meta')
      .select('value')
      .where('key', '=', 'schema-version')
      .executeTakeFirstOrThrow()
    const applied = Array.from({ length: Number(meta.value) }, () => async () => undefined)
    const reached = Promise.withResolvers<void>()
    const next = async (step: Db, wait: boolean): Promise<void> => {
      await sql`alter table entries add column colour text`.execute(step)
      await sql`update rows set value = '{}'`.execute(step)
      reached.resolve()
      if (wait) await sql`select pg_sleep(60)`.execute(step)
    }
    const interrupted = migrate(migrating(db), types, [...applied, (step) => next(step, true)])
    const failed = expect(interrupted).rejects.toMatchObject({ code: 'storage.unavailable' })
    await reached.promise
    await server.kill()
    await failed
    await db.destroy()
    await server.start()

    const second = await open()
    const after = await recount(second)
    expect(after.headRoot).toBe(before.headRoot)
    expect(after.root).toBe(after.headRoot)
    expect([...after.ids.values()].every((count) => count === 1)).toBe(true)
    expect(tableText(await servedRows(second.storage, 'events.handovers'))).toEqual(rows)
    await second.kernel.submit(note(person, '続き'))
    await second.kernel.drain()
    const again = connect(settingsOf({ engine: 'postgres', url }), { most: 1 })
    await migrate(migrating(again), types, [...applied, (step) => next(step, false)])
    await again.destroy()
    await expect(open()).rejects.toMatchObject({ code: 'storage.newer-version' })
  })

  test('instances that start at once on an empty database migrate it once', async () => {
    const url = await server.createDatabase()
    const opened = await Promise.all([1, 2, 3, 4].map(() => openPostgres({ engine: 'postgres', url, connections: 2 })))
    for (const storage of opened) expect((await storage.head()).size).toBe(0)
    for (const storage of opened) await storage.close()
  })

  test('a server that does not flush its commits is refused', async () => {
    const url = await server.createDatabase('weak')
    await server.query('alter database weak set synchronous_commit = off')
    await expect(openPostgres({ engine: 'postgres', url })).rejects.toMatchObject({
      code: 'storage.refused',
      params: { reason: 'synchronous_commit' },
    })
  })

  test('a wrong password and an unknown database are told apart from a server that is away', async () => {
    const wrong = server.url().replace(/:[0-9a-f]+@/, ':wrong@')
    await expect(openPostgres({ engine: 'postgres', url: wrong })).rejects.toMatchObject({ code: 'storage.refused' })
    const none = server.url('nowhere')
    await expect(openPostgres({ engine: 'postgres', url: none })).rejects.toMatchObject({ code: 'storage.refused' })
    const away = server.url().replace(`:${server.port}/`, ':1/')
    await expect(openPostgres({ engine: 'postgres', url: away })).rejects.toMatchObject({ code: 'storage.unavailable' })
  })
})
