import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectShared, restoreShared } from '#backend/commands/restore.ts'
import { reviewShared } from '#backend/commands/review.ts'
import { startBackend } from '#backend/host.ts'
import { restoredKeyFile } from '#backend/kernel/key-file.ts'
import { leaveHandover } from '#protocol/events.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { explaining } from '#tests/fixtures/restoration.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const secret = 'a launch secret of this test'

describe.skipIf(!hasPostgres)('a database that was set back', () => {
  let server: PostgresServer
  let folder: string
  let url: string
  const keys = (): string => join(folder, 'log.key')
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-restored-'))
    url = await server.createDatabase()
  })
  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = (logKeyFile = keys()) =>
    startBackend({
      directory: join(folder, 'core'),
      database: { url, logKeyFile, instance: 'core-1' },
      mode: 'standalone',
      listen: [{ kind: 'pipe', path: join(folder, `${randomBytes(4).toString('hex')}.sock`) }],
      launchSecret: secret,
      log: silent,
    })
  const lived = async () => {
    const backend = await start()
    const session = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })
    await session.api.command.submit(session.sign(leaveHandover, { shift: '夜勤', text: '引き継ぎ' }))
    await session.close()
    await backend.stop()
    return session.hello
  }

  test('goes on under another id with new keys; the old ones are refused, and an interruption is taken up', async () => {
    const before = await lived()
    const place = { database: url, file: keys() }
    const explained = explaining(await inspectShared(place))
    const other = { ...explained, statement: { ...explained.statement, size: explained.statement.size - 1 } }
    await expect(restoreShared(place, other)).rejects.toMatchObject({ code: 'log.broken' })
    expect(existsSync(restoredKeyFile(keys()))).toBe(false)
    const done = await restoreShared(place, explained)
    expect(done.deployment).toBe(explained.statement.context)

    // Killed between the entry and the file: the old keys are still in place, the new ones wait.
    const previous = join(folder, readdirSync(folder).find((name) => name.endsWith('.previous')) ?? '')
    renameSync(keys(), restoredKeyFile(keys()))
    renameSync(previous, keys())
    await expect(start()).rejects.toMatchObject({ code: 'log.broken', params: { reason: 'restored' } })
    const again = await restoreShared(place, explaining(await inspectShared(place)))
    expect(again.deployment).toBe(explained.statement.context)
    expect(existsSync(restoredKeyFile(keys()))).toBe(false)

    const after = await lived()
    expect(after).toMatchObject({ deployment: explained.statement.context, logKey: before.logKey })
    expect(after.restorations?.map(({ statement }) => statement)).toEqual([explained.statement])

    // Judged where it lies, by a transaction that can't write, while an instance runs.
    const running = await start()
    const report = await reviewShared(url, [])
    expect(report).toMatchObject({ findings: [], breaks: [{ reason: 'ディスクの故障' }] })
    expect(report.signatures).toEqual({ all: report.size, verified: report.size })
    await running.stop()
    await server.query('update entries set leaf = $$x$$ where position = 1', new URL(url).pathname.slice(1))
    expect((await reviewShared(url, [])).findings).toContainEqual({ index: 1, code: 'edited' })
    const empty = await server.createDatabase()
    await expect(reviewShared(empty, [])).rejects.toMatchObject({ code: 'storage.unreadable' })
  })
})
