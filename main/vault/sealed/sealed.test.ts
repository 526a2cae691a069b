import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sealClassSchema, subjectOf } from '#protocol/sealed-value.ts'
import { type OpenedVault, openVault } from '#tests/fixtures/vault/vault.ts'
import { fromBase64url, sha256, toBase64url } from '#trust/bytes.ts'
import { type DataKey, newDataKey, sealText } from '#trust/sealed/seal.ts'
import { keyPayload, payloadBytes, recipientOf, wrapFor } from '#trust/sealed/wrap.ts'
import type { Asked } from '../ask/question.ts'
import { parseStored } from '../keyring/listing.ts'

const folder = mkdtempSync(join(tmpdir(), 'vs-'))
const deployment = { id: 'libral:00000000-0000-4000-8000-000000000001' as never, name: '本番' }
const sealClass = sealClassSchema.enum.personal
const subject = subjectOf('operator', 'sato')
const asked: Asked[] = []
let answers: string[] = []
let opened: OpenedVault
let certificate: string
let fingerprint: string
const client = () => opened.client.sealed

beforeAll(async () => {
  mkdirSync(join(folder, 'vault'))
  const answering = (question: Asked): string => {
    // A wrong answer is asked for again within the same question.
    if (asked.at(-1) !== question) asked.push(question)
    return answers.shift() ?? ''
  }
  opened = await openVault(answering, { directory: join(folder, 'vault') })
  await opened.client.create({ name: '田中', email: '', curve: '25519', days: 30, companion: false })
  const stored = opened.vault.keyring().current().entries[0]?.certificates[0]
  if (!stored) throw new Error('no key')
  const key = await parseStored(stored)
  fingerprint = key.getFingerprint()
  certificate = toBase64url(key.toPublic().write())
})
afterAll(async () => {
  await opened.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  asked.length = 0
  answers = []
})

const wrapped = async (key: DataKey, over: object = {}, of = certificate) => {
  const found = await recipientOf(of, Date.now())
  if (!('recipient' in found)) throw new Error(found.unusable)
  const payload = keyPayload({ deployment: deployment.id, class: sealClass, subject, ...over }, key)
  const bytes = await wrapFor(found.recipient, payloadBytes(payload), Date.now())
  return { subject, key: key.id, wrapped: Buffer.from(bytes).toString('base64') }
}
const place = { deployment: deployment.id, collection: 'session.contacts', field: 'phone', class: sealClass, subject }
const opening = (key: DataKey) => ({
  ...{ deployment, class: sealClass, subject, about: '佐藤' },
  fields: [
    {
      collection: 'session.contacts' as const,
      field: 'phone' as const,
      sealed: sealText('090-1234-5678', place as never, key),
    },
  ],
})
const refused = (code: string) => expect.objectContaining({ code })

test('asks why, then shows what was agreed to, once', async () => {
  const key = newDataKey()
  answers = ['   ', ' 夜間の連絡 ']
  const { grant, reason } = await client().askOpening(opening(key))
  expect(reason).toBe('夜間の連絡')
  expect(asked).toMatchObject([{ title: '封印を開く', fields: 'line' }])
  await client().show({ grant, keys: [await wrapped(newDataKey()), await wrapped(key)] })
  expect(asked[1]?.facts).toEqual([{ label: '電話番号', value: '090-1234-5678' }])
  await expect(client().show({ grant, keys: [await wrapped(key)] })).rejects.toEqual(refused('sealed.not-recorded'))
})

test.each([
  ['of another subject', { subject: subjectOf('operator', 'mori') }],
  ['of another deployment', { deployment: 'libral:00000000-0000-4000-8000-000000000002' }],
  ['of another class', { class: 'statutory' }],
] as const)('a key %s is refused, whatever it is handed out as', async (_, over) => {
  const key = newDataKey()
  answers = ['連絡']
  const { grant } = await client().askOpening(opening(key))
  const keys = [await wrapped(key, over)]
  await expect(client().show({ grant, keys })).rejects.toEqual(refused('sealed.no-key'))
  expect(asked).toHaveLength(1)
})

test('fields of somebody else can not hide in a question', async () => {
  const one = opening(newDataKey())
  const other = { ...one, subject: subjectOf('operator', 'mori') }
  await expect(client().askOpening(other)).rejects.toEqual(refused('input.invalid'))
  expect(asked).toEqual([])
})

test('a recovery key is written as text, read back, and opens what was wrapped to it', async () => {
  const file = join(folder, 'paper.txt')
  const made = await client().makeRecovery({ deployment, class: sealClass, file })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('本番')
  // As it comes from paper: indented, with spaces at the ends of lines and Windows' line ends.
  const typed = join(folder, 'typed.txt')
  writeFileSync(typed, text.replaceAll(/^/gm, '  ').replaceAll('\n', ' \r\n'))
  const { secret } = await client().proveRecovery({
    file: typed,
    fingerprint: made.fingerprint,
    message: made.probe.message,
  })
  expect(toBase64url(sha256(fromBase64url(secret)))).toBe(made.probe.digest)

  const other = await client().makeRecovery({ deployment, class: sealClass, file: join(folder, 'other.txt') })
  const wrong = { file: join(folder, 'other.txt'), fingerprint: made.fingerprint, message: made.probe.message }
  await expect(client().proveRecovery(wrong)).rejects.toEqual(refused('sealed.recovery-wrong'))
  expect(other.fingerprint).not.toBe(made.fingerprint)
  writeFileSync(
    typed,
    text.replace(/^[A-Za-z0-9+/]{50,}$/m, (line) => 'A'.repeat(line.length)),
  )
  const damaged = { ...wrong, file: typed }
  await expect(client().proveRecovery(damaged)).rejects.toEqual(refused('keys.not-a-key'))

  const target = { deployment, class: sealClass, custodian: 'tanaka' as never, fingerprint, certificate, keys: 1 }
  const { grant } = await client().askRewrap({ ...target, paper: file })
  expect(asked.at(-1)).toMatchObject({ title: '封印の鍵の受け渡し', danger: true })
  const key = newDataKey()
  const [again] = await client().rewrap({ grant, keys: [await wrapped(key, {}, made.certificate)] })
  if (!again) throw new Error('nothing came back')
  answers = ['連絡']
  const agreed = await client().askOpening(opening(key))
  await client().show({ grant: agreed.grant, keys: [again] })
  expect(asked.at(-1)?.facts).toEqual([{ label: '電話番号', value: '090-1234-5678' }])
})

test('nothing is wrapped anew without an agreement, nor for another certificate than was shown', async () => {
  const none = { grant: '00000000-0000-4000-8000-000000000000', keys: [] }
  await expect(client().rewrap(none)).rejects.toEqual(refused('sealed.not-recorded'))
  const target = { deployment, class: sealClass, custodian: 'tanaka' as never, certificate, keys: 1, paper: null }
  const other = { ...target, fingerprint: 'ab'.repeat(32) as never }
  await expect(client().askRewrap(other)).rejects.toEqual(refused('sealed.certificate-unusable'))
  expect(asked).toEqual([])
})
