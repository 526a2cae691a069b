import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leaveHandover } from '#protocol/events.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { explaining } from '#tests/fixtures/restoration.ts'
import { isRestoration } from '#trust/restoration.ts'
import { databaseFile, restoringFile, startBackend } from '../host.ts'
import { backUp } from './backup.ts'
import { inspect, restore } from './restore.ts'
import { review } from './review.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const key = randomBytes(32)
const secret = 'a launch secret of this test'
let folder: string
const at = (...parts: readonly string[]): string => join(folder, ...parts)

const start = (directory: string) =>
  startBackend({
    directory,
    storageKey: key,
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: at(`${randomBytes(4).toString('hex')}.sock`) }],
    launchSecret: secret,
    log: silent,
  })
const lived = async (directory: string, words: string) => {
  const backend = await start(directory)
  const session = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })
  await session.api.command.submit(session.sign(leaveHandover, { shift: '夜勤', text: words }))
  const { hello } = session
  const { note } = await session.api.log.checkpoint({ seen: null })
  await session.close()
  await backend.stop()
  return { hello, note }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rs-'))
  await lived(at('data'), '控えの前')
  await backUp({ directory: at('data'), key, file: at('x.backup') })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const place = (directory: string) => ({ directory: at(directory), key, file: at('x.backup') })

test('a restored backup goes on as a log of its own, whose first entry names what it was taken from', async () => {
  const before = await lived(at('data'), '控えの後で失われる')
  const inspected = await inspect(place('new'))
  expect(inspected.deployment).toBe(before.hello.deployment)
  const explained = explaining(inspected)
  const restored = await restore(place('new'), explained)
  expect(restored).toMatchObject({ head: inspected.head, deployment: explained.statement.context })
  expect(existsSync(restoringFile(at('new')))).toBe(false)

  const { hello, note } = await lived(at('new'), '復元の後')
  expect(hello.deployment).toBe(explained.statement.context)
  expect(hello.logKey).toBe(before.hello.logKey)
  expect(hello.restorations?.map(({ statement }) => statement)).toEqual([explained.statement])
  expect(hello.restorations?.every(isRestoration)).toBe(true)

  const report = await review({ directory: at('new'), key }, [before.note, note])
  const lost = Number(before.note.split('\n')[1]) - inspected.head.size
  expect(lost).toBeGreaterThan(0)
  expect(report).toMatchObject({
    findings: [],
    seen: 1,
    breaks: [{ signedBy: 'nobody', reason: 'ディスクの故障', lost }],
  })
  expect(report.signatures.verified).toBe(report.size)
  // Restored a second time, from a backup of the restored one.
  await backUp({ directory: at('new'), key, file: at('y.backup') })
  const again = { directory: at('again'), key, file: at('y.backup') }
  await restore(again, explaining(await inspect(again)))
  const last = await lived(at('again'), '二度目')
  expect(last.hello.restorations).toHaveLength(2)
  expect((await review({ directory: at('again'), key }, [])).breaks).toHaveLength(2)
})

test('what was killed on the way holds no backend, and is begun anew', async () => {
  await mkdir(at('half'))
  await writeFile(restoringFile(at('half')), '')
  await writeFile(databaseFile(at('half')), 'half a copy')
  await writeFile(at('half', 'deployment.keys'), 'half a key')
  await expect(start(at('half'))).rejects.toMatchObject({ code: 'storage.unreadable', params: { reason: 'restoring' } })
  await restore(place('half'), explaining(await inspect(place('half'))))
  expect((await lived(at('half'), '続き')).hello.restorations).toHaveLength(1)
})

test('nothing is overwritten, and what fails leaves nothing behind', async () => {
  const explained = explaining(await inspect(place('new')))
  await expect(restore(place('data'), explained)).rejects.toMatchObject({ code: 'backup.target-exists' })
  await lived(at('data'), '続き')
  const wrong = restore({ ...place('new'), key: randomBytes(32) }, explained)
  await expect(wrong).rejects.toMatchObject({ code: 'backup.wrong-key' })
  await writeFile(at('foreign'), 'not a database')
  await writeFile(at('foreign.keys'), 'nor keys')
  const foreign = restore({ ...place('new'), file: at('foreign') }, explained)
  await expect(foreign).rejects.toMatchObject({ code: 'backup.not-a-backup' })
  const { statement } = explained
  const another = restore(place('new'), { ...explained, statement: { ...statement, size: statement.size + 1 } })
  await expect(another).rejects.toMatchObject({ code: 'log.broken' })
  expect(await readdir(at('new'))).toEqual([])
})
