import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backUp } from '#backend/commands/backup.ts'
import { type Explained, inspect, restore } from '#backend/commands/restore.ts'
import { type Backend, startBackend } from '#backend/host.ts'
import { leaveHandover } from '#protocol/events.ts'
import { issueToken, registerOperator } from '#protocol/session.ts'
import { signInAs } from '#tests/fixtures/client/session.ts'
import { explaining } from '#tests/fixtures/restoration.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { live, type TestDesk, testDesk, until } from '../replica/desks.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const key = randomBytes(32)
const secret = 'a launch secret of this test'
let folder: string
let backend: Backend | undefined
let desk: TestDesk
const at = (name: string): string => join(folder, name)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rd-'))
  desk = await testDesk(at('desk'))
})
afterEach(async () => {
  await desk.close()
  await backend?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const serve = async (directory: string): Promise<void> => {
  await backend?.stop()
  const socket = at(`${randomBytes(4).toString('hex')}.sock`)
  backend = await startBackend({
    ...{ directory: at(directory), storageKey: key, mode: 'embedded', launchSecret: secret, log: silent },
    listen: [{ kind: 'pipe', path: socket }],
  })
  desk.connect({ targets: [{ kind: 'pipe', path: socket }], credential: { method: 'launch', secret }, identity: null })
}
const stopped = () => until(desk, ({ link }) => link.state === 'stopped')
const hand = (text: string) => desk.commands.submit(leaveHandover.name, { shift: '夜勤', text })
const seen = (): number => desk.state().log.seen?.size ?? 0
const place = (directory: string) => ({ directory: at(directory), key, file: at('x.backup') })
/** The desk has lived with a deployment that was backed up, before or after its last entries. */
const backedUp = async (lost: number): Promise<Explained> => {
  await serve('data')
  await until(desk, live)
  for (let nth = 0; nth < 5; nth++) await hand(`申し送り ${nth}`)
  await backUp(place('data'))
  for (let nth = 0; nth < lost; nth++) await hand(`失われる ${nth}`)
  await desk.log.checkNow()
  return explaining(await inspect(place('data')))
}

test('a restored backup stops the desk with what is known of it, once; accepted, it goes on there', async () => {
  const explained = await backedUp(3)
  const before = seen()
  await restore(place('new'), explained)
  await serve('new')
  const { link, log } = await stopped()
  expect(link.failure?.code).toBe('log.restored')
  const { context: deployment, previous, size, operator, reason } = explained.statement
  expect(log.restored).toMatchObject({ deployment, previous, size, operator, reason, signedBy: 'nobody', seen: before })
  expect(log.restored?.lost).toBe(before - size)
  expect(readdirSync(log.evidence ?? '').sort()).toEqual(['restorations.json', 'seen.checkpoint'])
  await desk.log.accept('電話で確かめた')
  await serve('new')
  await until(desk, live)
  expect(desk.state()).toMatchObject({ deployment: { id: deployment }, log: { restored: null } })
  expect(await hand('復元の後')).toMatchObject({ state: 'accepted' })
  expect(desk.log.sealedUnder()).toBe(previous)
  // And once is enough.
  await serve('new')
  await until(desk, live)
})

test('a session of before the restore gives way to a new one', async () => {
  await serve('data')
  await until(desk, live)
  const token = toBase64url(randomBytes(32))
  const digest = toBase64url(sha256(utf8(token)))
  const [operator, expiresAt] = ['kansa', Date.now() + 3_600_000]
  const boss = await signInAs(backend?.addresses[0] ?? '', { method: 'launch', secret })
  const register = await boss.own.sign(registerOperator, { operator, name: '監査', roles: ['auditor'] })
  await boss.api.command.submit(register as never)
  await boss.api.command.submit(
    (await boss.own.sign(issueToken, { digest, operator, label: '監査室', expiresAt })) as never,
  )
  await boss.close()
  await backUp(place('data'))
  const other = await testDesk(at('other'))
  const join = (): void => {
    const path = backend?.addresses[0]?.replace('unix:', '') ?? ''
    const credential = { method: 'token', secret: token } as const
    other.connect({ targets: [{ kind: 'pipe', path }], credential, identity: null })
  }
  join()
  await until(other, live)
  await restore(place('new'), explaining(await inspect(place('data'))))
  await serve('new')
  join()
  await until(other, ({ link }) => link.failure?.code === 'log.restored')
  await other.log.accept('確かめた')
  join()
  await until(other, live)
  await other.close()
})

test('where nothing is said to be lost, the restored log has to hold all that was seen', async () => {
  const explained = await backedUp(0)
  await restore(place('new'), explained)
  await serve('new')
  const { log } = await stopped()
  // Reading the head for the backup's sake is an entry of nobody: what was seen may be ahead of it or not.
  expect(log.restored?.lost).toBe(Math.max(0, (log.restored?.seen ?? 0) - explained.statement.size))
  await desk.log.accept('確かめた')
  await serve('new')
  await until(desk, live)
})

test('a forked log and a rewritten tail are refused however long they are, and a shorter one is', async () => {
  await backedUp(4)
  const before = seen()
  // The backup's own files go on under the old name: what a restore without its explanation comes to.
  cpSync(at('x.backup'), at('fork/core.db'))
  cpSync(at('x.backup.keys'), at('fork/deployment.keys'))
  await serve('fork')
  expect((await stopped()).link.failure?.code).toMatch(/^log\.(shorter|rewritten)$/)
  const other = await testDesk(at('other'))
  other.connect({
    targets: [{ kind: 'pipe', path: backend?.addresses[0]?.replace('unix:', '') ?? '' }],
    credential: { method: 'launch', secret },
    identity: null,
  })
  await until(other, live)
  for (let nth = 0; nth < 12; nth++)
    await other.commands.submit(leaveHandover.name, { shift: '昼', text: `別の ${nth}` })
  await other.close()
  await serve('fork')
  const { link, log } = await stopped()
  expect(link.failure).toMatchObject({ code: 'log.rewritten', params: { seen: before } })
  const evidence = readFileSync(join(log.evidence ?? '', 'offered.checkpoint'), 'utf8')
  expect(Number(evidence.split('\n')[1])).toBeGreaterThan(before)
})
