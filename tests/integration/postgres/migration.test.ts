import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTables } from '#backend/storage/migrations/0001-tables.ts'
import { migrate } from '#backend/storage/migrations.ts'
import { connect, settingsOf } from '#backend/storage/postgres/connection.ts'
import { migrating, openPostgres, types } from '#backend/storage/postgres/engine.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'

describe.skipIf(!hasPostgres)('migrations on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.close())
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
