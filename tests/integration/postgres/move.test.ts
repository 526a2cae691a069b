import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { move } from '#backend/commands/move.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { baseModules, type Deployment, newDeployment, note } from '../kernel/harness.ts'
import { projectedRows, recount, servedRows, tableText } from '../kernel/replay.ts'
import { openInstance } from './team.ts'

describe.skipIf(!hasPostgres)('moving an embedded deployment to PostgreSQL', () => {
  let server: PostgresServer
  let folder: string
  let deployment: Deployment
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-move-'))
  })
  afterEach(() => deployment?.remove())
  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** An embedded deployment with this many notes; its root, and what its events look like. */
  const made = async (notes: number) => {
    deployment = newDeployment()
    const opened = await deployment.open()
    const person = await opened.signIn('tanaka', 'operator')
    const list = Array.from({ length: notes }, (_, nth) => note(person, `引き継ぎ ${nth}`))
    await Promise.all(list.map((command) => opened.kernel.submit(command)))
    await opened.storage.write((writer) =>
      writer.putOutbox([{ id: '0-9', module: 'later', effect: 'send', payload: { text: '未送信' }, dueAt: 5 }]),
    )
    await opened.storage.telemetry.put([
      { resolution: 10, instance: 'core', at: Date.now() - 60_000, values: [['cpu', 1, 2, 3, 4]] },
    ])
    const { size, root } = await recount(opened)
    const rows = tableText(await servedRows(opened.storage, 'events.handovers'))
    await opened.kernel.drain()
    return { size, root, rows, sent: list }
  }
  const order = (database: string, name: string) => ({
    directory: deployment.dir,
    key: deployment.storageKey,
    database,
    file: join(folder, name),
  })

  test('brings every entry to the same root, and a backend goes on there', async () => {
    const before = await made(1_200)
    const url = await server.createDatabase()
    const moved = await move(order(url, 'whole.keys'))
    expect(moved.head).toEqual({ size: before.size, root: before.root })
    expect(statSync(join(folder, 'whole.keys')).mode & 0o777).toBe(0o600)
    expect(existsSync(join(deployment.dir, 'core.db'))).toBe(false)
    expect(existsSync(join(deployment.dir, 'core.db.moved'))).toBe(true)

    const { kernel, storage } = await openInstance({ url, keyFile: join(folder, 'whole.keys'), instance: 'east' })
    expect((await storage.outbox.waiting()).map(({ id }) => id)).toEqual(['0-9'])
    expect(await storage.telemetry.range(10, 'core', 0, Date.now())).toHaveLength(1)
    expect(await storage.changes.oldest()).toBeGreaterThanOrEqual(before.size)
    await expect.poll(async () => (await storage.collections()).every(({ ready }) => ready)).toBe(true)
    expect(tableText(await servedRows(storage, 'events.handovers'))).toEqual(before.rows)
    // Sent again, a command from before has its one outcome; the log goes on under the same keys.
    const [first] = before.sent
    if (first) expect((await kernel.submit(first)).index).toBeLessThan(before.size)
    const { root, headRoot, size } = await recount({ storage })
    expect(root).toBe(headRoot)
    expect(size).toBeGreaterThanOrEqual(before.size)
    for (const collection of ['events', 'session.sessions', 'log.services']) {
      const served = tableText(await servedRows(storage, collection))
      expect(served).toEqual(tableText(await projectedRows(storage, baseModules(), collection)))
    }
    await kernel.drain()
  })

  test('goes on where it was when the database went away in the middle', async () => {
    const before = await made(4_000)
    const url = await server.createDatabase()
    const watch = await openPostgres({ engine: 'postgres', url })
    const first = move(order(url, 'cut.keys'))
    const failed = expect(first).rejects.toMatchObject({ code: 'storage.unavailable' })
    await expect.poll(async () => (await watch.head()).size, { interval: 5 }).toBeGreaterThan(0)
    await server.kill()
    await failed
    expect(existsSync(join(folder, 'cut.keys'))).toBe(false)
    expect(existsSync(join(deployment.dir, 'core.db'))).toBe(true)
    await server.start()
    const { size } = await watch.head()
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThan(before.size)
    // Nobody can start on half a log: there are no keys yet.
    const early = openInstance({ url, keyFile: join(folder, 'cut.keys'), instance: 'east' })
    await expect(early).rejects.toMatchObject({ code: 'storage.unreadable' })
    const moved = await move(order(url, 'cut.keys'))
    expect(moved.head).toEqual({ size: before.size, root: before.root })
    await watch.close()
  })

  test('refuses a target that holds anything else, and a key file of another deployment', async () => {
    await made(3)
    const url = await server.createDatabase()
    await move(order(url, 'taken.keys'))
    deployment.remove()
    await made(3)
    await expect(move(order(url, 'mine.keys'))).rejects.toMatchObject({ code: 'backup.target-exists' })
    const empty = await server.createDatabase()
    await expect(move(order(empty, 'taken.keys'))).rejects.toMatchObject({ code: 'backup.target-exists' })
    expect(existsSync(join(deployment.dir, 'core.db'))).toBe(true)
  })

  test('refuses while the backend runs', async () => {
    await made(3)
    const opened = await deployment.open()
    await expect(move(order(server.url(), 'busy.keys'))).rejects.toMatchObject({ code: 'storage.locked' })
    await opened.kernel.drain()
  })
})
