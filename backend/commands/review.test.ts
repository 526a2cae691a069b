import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leaveHandover } from '#protocol/events.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { databaseFile, startBackend } from '../host.ts'
import { openConnection } from '../storage/sqlite/connection.ts'
import { review } from './review.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const key = randomBytes(32)
const secret = 'a launch secret of this test'
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rv-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const start = () =>
  startBackend({
    directory,
    storageKey: key,
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: join(directory, `${randomBytes(4).toString('hex')}.sock`) }],
    launchSecret: secret,
    log: silent,
  })

/** A deployment with some handovers; answers the checkpoint that its backend signs last. */
const lived = async (handovers: number): Promise<string> => {
  const backend = await start()
  const session = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })
  for (let n = 0; n < handovers; n++)
    await session.api.command.submit(session.sign(leaveHandover, { shift: '夜勤', text: `引き継ぎ ${n}` }))
  const running = await review({ directory, key }, [])
  expect(running.findings).toEqual([])
  const { note } = await session.api.log.checkpoint({ seen: null })
  await session.close()
  await backend.stop()
  return note
}

const attack = (sql: string): void => {
  const connection = openConnection({
    file: databaseFile(directory),
    key,
    readonly: false,
    mustExist: true,
    cacheKib: 256,
  })
  connection.prepare(sql).run()
  connection.close()
}
const findings = async (...seen: readonly string[]) =>
  (await review({ directory, key }, seen)).findings.map(({ code }) => code)

test('a log that a backend wrote holds, while it runs and after, and against what was seen', async () => {
  const seen = await lived(5)
  const report = await review({ directory, key }, [seen])
  expect(report).toMatchObject({ findings: [], seen: 1 })
  expect(report.signatures.all).toBe(report.size)
  expect(report.signatures.verified).toBe(report.size)
})

test('rows edited, removed and swapped on the disk are named', async () => {
  const seen = await lived(5)
  const last = Number(seen.split('\n')[1]) - 1
  attack(`update entries set leaf = zeroblob(32) where position = ${last - 1}`)
  expect(await findings()).toContain('edited')
  attack(`delete from entries where position = ${last - 2}`)
  expect(await findings(seen)).toEqual(expect.arrayContaining(['missing', 'edited', 'root-differs', 'seen-differs']))
})

test('a checkpoint of another log, and one that the log did not sign, are refused', async () => {
  const seen = await lived(1)
  const [origin = ''] = seen.split('\n')
  await expect(findings(seen.replaceAll(origin, 'libral:other'))).rejects.toMatchObject({ code: 'log.other-log' })
  await expect(findings(seen.replace(/\n\d+\n/, '\n1\n'))).rejects.toMatchObject({ code: 'log.note-forged' })
})

test('a wrong key and a folder without a store are refused', async () => {
  await lived(1)
  await expect(review({ directory, key: randomBytes(32) }, [])).rejects.toMatchObject({ code: 'backup.wrong-key' })
})
