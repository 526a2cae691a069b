import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import type { Endpoint, Identity } from '#main/link/desk.ts'
import type { OpenedDesk } from '#main/link/open-desk.ts'
import { redeemAs } from '#tests/fixtures/client/session.ts'
import { freePort } from '#tests/fixtures/servers/free-port.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { recount } from '../kernel/replay.ts'
import { allRows, live, testDesk, until } from '../replica/desks.ts'
import { runToEnd, type StandaloneProcess, startStandalone } from '../transport/standalone-process.ts'

describe.skipIf(!hasPostgres)('the key of a log', () => {
  let server: PostgresServer
  let folder: string
  let url: string
  let env: NodeJS.ProcessEnv
  let address: string
  const keys = (): string => join(folder, 'log.key')
  const running: StandaloneProcess[] = []
  const desks: OpenedDesk[] = []
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-log-key-'))
    url = await server.createDatabase()
    address = `127.0.0.1:${await freePort()}`
    env = { LIBRAL_DATABASE_URL: url, LIBRAL_LOG_KEY_FILE: keys(), LIBRAL_INSTANCE: 'core-1' }
  })
  afterEach(async () => {
    for (const desk of desks.splice(0)) await desk.close()
    for (const backend of running.splice(0)) await stop(backend)
  })
  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (): Promise<StandaloneProcess> => {
    const backend = await startStandalone(join(folder, 'core-1'), ['--listen', address], env)
    running.push(backend)
    return backend
  }
  const stop = async ({ process: child, exited }: StandaloneProcess): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  const replace = () => runToEnd(['--data', join(folder, 'core-1'), '--replace-log-key'], env)
  const open = async (name: string): Promise<OpenedDesk> => {
    const desk = await testDesk(join(folder, name))
    desks.push(desk)
    return desk
  }

  test('gives way to another, and desks that knew the first go on; one that nobody handed over to is refused', async () => {
    const first = await start()
    const { session, token } = await redeemAs(address, first.code)
    const known: Identity = { deployment: session.hello.deployment, logKey: session.hello.logKey }
    await session.close()
    const endpoint = (identity: Identity, renewed?: (to: Identity) => void): Endpoint => ({
      targets: [{ kind: 'address', url: `ws://${address}`, pin: null }],
      credential: { method: 'token', secret: token },
      identity,
      ...(renewed && { renewed }),
    })
    const desk = await open('desk')
    desk.connect(endpoint(known))
    await until(desk, live)
    await desk.commands.submit('events.handOver', { shift: '日勤', text: '前' })

    // Nobody else may run under this name meanwhile.
    expect(await replace()).toMatchObject({ code: 75, err: expect.stringContaining('core-1') })
    await stop(first)
    const before = readFileSync(keys(), 'utf8')
    expect(await replace()).toMatchObject({ code: 0, err: '' })
    expect(await replace()).toMatchObject({ code: 0, err: '' })
    expect(readdirSync(folder).filter((name) => name.endsWith('.previous'))).toHaveLength(2)
    expect(existsSync(`${keys()}.next`)).toBe(false)

    const second = await start()
    const learnt: Identity[] = []
    desk.connect(endpoint(known, (to) => learnt.push(to)))
    await until(desk, live)
    const [now] = learnt
    expect(now).toMatchObject({ deployment: known.deployment })
    expect(now?.logKey).not.toBe(known.logKey)
    expect(await desk.commands.submit('events.handOver', { shift: '日勤', text: '後' })).toMatchObject({
      state: 'accepted',
    })
    await expect.poll(() => allRows(desk, 'events.handovers')).toMatchObject([{ text: '前' }, { text: '後' }])
    // One that begins with the new key goes on with it, and one that knows of none of them stops.
    const fresh = await open('fresh')
    fresh.connect(endpoint(now as Identity))
    await until(fresh, live)
    const stranger = await open('stranger')
    stranger.connect(endpoint({ ...known, logKey: 'A'.repeat(43) }))
    const { link } = await until(stranger, (state) => state.link.state === 'stopped')
    expect(link.failure).toMatchObject({ code: 'log.broken', params: { reason: 'key-changed' } })
    await stop(second)

    const storage = await openPostgres({ engine: 'postgres', url })
    const { root, headRoot, ids } = await recount({ storage })
    await storage.close()
    expect(root).toBe(headRoot)
    expect([...ids.values()].every((count) => count === 1)).toBe(true)

    // Interrupted between the entry and the file: run again, it ends what it began.
    const present = readFileSync(keys(), 'utf8')
    renameSync(keys(), `${keys()}.next`)
    const [older] = readdirSync(folder).filter((name) => name.endsWith('.previous'))
    renameSync(join(folder, older ?? ''), keys())
    const refused = await runToEnd(['--data', join(folder, 'core-1'), '--listen', address], env)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('取り替えられています') })
    expect(await replace()).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(keys(), 'utf8')).toBe(present)
    expect(present).not.toBe(before)
  })
})
