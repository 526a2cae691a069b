import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { SignedCommand } from '#protocol/command.ts'
import { commandIdSchema } from '#protocol/ids.ts'
import { sealClassSchema, subjectOf } from '#protocol/sealed-value.ts'
import { createAuthority, signWebhook } from '#tests/fakes/payments/paypal.ts'
import { type OpenedVault, openVault } from '#tests/fixtures/vault/vault.ts'
import { fromBase64url, sha256, toBase64url } from '#trust/bytes.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { verifyContextLock } from '#trust/context-lock.ts'
import { paypalWebhookEvidence } from '#trust/paypal/evidence.ts'
import { sealPaypalEvidence } from '#trust/paypal/kept-evidence.ts'
import { type DataKey, newDataKey, sealText } from '#trust/sealed/seal.ts'
import { keyPayload, payloadBytes, recipientOf, wrapFor } from '#trust/sealed/wrap.ts'
import { checkParamsDigest, stateCommand } from '#trust/statement.ts'
import type { Asked } from '../ask/question.ts'
import { parseStored } from '../keyring/listing.ts'
import { knownKeys } from '../messages/known-keys.ts'

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
/** An act of the operator's that is to be signed, as main words it. */
const wishOf = (command: string, params: object) => ({
  ...{ what: 'command' as const, deployment: '本番', fingerprints: [fingerprint as never], names: {} },
  now: Date.now(),
  command: stateCommand({
    ...{ context: deployment.id, command, params: params as never, id: randomId(), operator: 'tanaka' as never },
    ...{ issuedAt: Date.now(), expiresAt: Date.now() + 600_000 },
  }),
})
const record = { class: sealClass, subject, reason: '' }
const recorded = [{ collection: 'session.contacts', row: 'sato', field: 'phone' }]
const opening = (key: DataKey) => ({
  ...{ deployment, about: '佐藤', wish: wishOf('sealed.open', { ...record, fields: recorded }) },
  fields: [
    {
      collection: 'session.contacts' as const,
      field: 'phone' as const,
      sealed: sealText('090-1234-5678', place as never, key),
    },
  ],
})
const randomId = () => commandIdSchema.parse(uuidv7())
const signedWell = async (command: SignedCommand): Promise<boolean> => {
  const [signature] = command.signatures
  const { judgement } = await knownKeys(opened.vault)
  const [key] = judgement(Date.now()).certificates
  if (signature === undefined || key === undefined) return false
  const report = await verifyContextLock(
    {
      statement: canonicalBytes(command.statement as never),
      signature: fromBase64url(signature.value),
      bound: command,
    },
    {
      context: deployment.id,
      purpose: 'command',
      at: Date.now(),
      certificates: [{ key, operator: 'tanaka', ended: null }],
    },
  )
  return report.valid
}
const refused = (code: string) => expect.objectContaining({ code })

test('asks why in the window that is signed from, then shows what was agreed to, once', async () => {
  const key = newDataKey()
  answers = ['   ', ' 夜間の連絡 ']
  const given = opening(key)
  const { grant, command } = await client().askOpening(given)
  // What was typed is bound and signed with all the rest, and the rest is as it was drawn.
  expect(command.params).toEqual({ ...record, fields: recorded, reason: '夜間の連絡' })
  expect(command.statement).toEqual({ ...given.wish.command.statement, paramsDigest: expect.any(String) })
  expect(checkParamsDigest(command)).toBe(true)
  expect(await signedWell(command)).toBe(true)
  expect(asked).toMatchObject([{ title: '「封印を開く」への署名', fields: 'line', accept: '署名して開く' }])
  const shown = Object.fromEntries((asked[0]?.facts ?? []).map(({ label, value }) => [label, value]))
  expect(shown).toMatchObject({
    開くもの: '佐藤の緊急連絡先',
    対象: 'operator:sato',
    項目: '電話番号',
    場所: 'session.contacts/sato',
  })
  expect(shown).not.toHaveProperty('理由')
  await client().show({ grant, keys: [await wrapped(newDataKey()), await wrapped(key)] })
  expect(asked[1]?.facts).toEqual([{ label: '電話番号', value: '090-1234-5678' }])
  await expect(client().show({ grant, keys: [await wrapped(key)] })).rejects.toEqual(refused('sealed.not-recorded'))
})

test('of evidence it shows what PayPal signed, never the key, and refuses other bytes', async () => {
  const sentAt = Date.parse('2019-03-01T01:02:03Z')
  const authority = await createAuthority(sentAt)
  const commonName = 'messageverificationcerts.paypal.com'
  const signer = await authority.issue({ commonName, from: sentAt - 86_400_000, to: sentAt + 86_400_000 })
  const certificateOrigin = 'https://api.paypal.com'
  const certUrl = `${certificateOrigin}/v1/notifications/certs/CERT-1`
  const body = Buffer.from('{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","name":"田中"}')
  const { headers } = signWebhook(body, { signer, webhookId: 'WID', certUrl, at: sentAt })
  const expected = { webhookId: 'WID', certificateOrigin, commonName, roots: [authority.root] }
  const document = paypalWebhookEvidence({ headers, body, certificates: signer.pem }, expected, sentAt)
  const message = 'WH-1/abc'
  const made = sealPaypalEvidence(document, { deployment: deployment.id, message })
  const key = newDataKey()
  const at = { ...place, collection: 'payments.evidence', field: 'key' }
  const sealed = sealText(toBase64url(made.key), at as never, key)
  const fields = [{ collection: 'payments.evidence', row: message, field: 'key' }]
  const asking = async () => {
    answers = ['係争']
    const wish = wishOf('sealed.open', { ...record, fields })
    const shown = { collection: 'payments.evidence', field: 'key' as const, sealed, message, ...made.digests }
    return (await client().askOpening({ deployment, about: 'PayPal 1', wish, fields: [shown] })).grant
  }
  const keys = [await wrapped(key)]
  await client().show({ grant: await asking(), keys, beside: toBase64url(made.ciphertext) })
  const facts = Object.fromEntries((asked[1]?.facts ?? []).map(({ label, value }) => [label, value]))
  expect(facts).toMatchObject({
    検証の結果: expect.stringContaining('互いに合っています。ただし、ルート証明書が'),
    受信日時: '2019/03/01 10:02:03 JST',
    通知の種類と番号: 'PAYMENT.CAPTURE.COMPLETED WH-1',
  })
  expect(facts['ルート証明書の指紋（SHA-256）']).toContain('このアプリの一覧にはありません')
  expect(JSON.stringify(asked[1])).not.toContain(toBase64url(made.key))
  const other = made.ciphertext.with(20, (made.ciphertext[20] ?? 0) ^ 1)
  const changed = { grant: await asking(), keys, beside: toBase64url(other) }
  await expect(client().show(changed)).rejects.toEqual(refused('sealed.tampered'))
  await expect(client().show({ grant: await asking(), keys })).rejects.toEqual(refused('sealed.tampered'))
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

test('the record names the very fields that are opened, or nothing is asked', async () => {
  const one = opening(newDataKey())
  const phone = recorded[0]
  for (const wish of [
    wishOf('sealed.open', { ...record, subject: 'operator:mori', fields: recorded }),
    wishOf('sealed.open', { ...record, class: 'statutory', fields: recorded }),
    wishOf('sealed.open', { ...record, fields: [{ ...phone, field: 'email' }] }),
    wishOf('sealed.open', { ...record, fields: [phone, { ...phone, field: 'email' }] }),
    wishOf('sealed.erase', { subject, reason: '' }),
    { ...one.wish, command: { ...one.wish.command, params: { ...record, fields: recorded, reason: '別' } } },
  ])
    await expect(client().askOpening({ ...one, wish } as never)).rejects.toEqual(refused('input.invalid'))
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
  const begin = { class: sealClass, custodian: 'tanaka', fingerprint, using: 'paper' }
  for (const over of [
    { using: 'own' },
    { custodian: 'mori' },
    { class: 'statutory' },
    { fingerprint: 'ab'.repeat(32) },
  ]) {
    const wish = wishOf('sealed.beginRewrap', { ...begin, ...over })
    await expect(client().askRewrap({ ...target, paper: file, wish })).rejects.toEqual(refused('input.invalid'))
  }
  const wish = wishOf('sealed.beginRewrap', begin)
  const { grant, command } = await client().askRewrap({ ...target, paper: file, wish })
  expect(asked.at(-1)).toMatchObject({ title: '「封印の鍵の受け渡し」への署名', danger: true, accept: '署名して渡す' })
  expect(command?.params).toEqual(begin)
  if (command !== null) expect(await signedWell(command)).toBe(true)
  // What was begun and signed before is gone on with after a question of its own, and signed no second time.
  const resumed = await client().askRewrap({ ...target, paper: file, wish: null })
  expect(resumed.command).toBeNull()
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
  const target = {
    deployment,
    class: sealClass,
    custodian: 'tanaka' as never,
    certificate,
    keys: 1,
    paper: null,
    wish: null,
  }
  const other = { ...target, fingerprint: 'ab'.repeat(32) as never }
  await expect(client().askRewrap(other)).rejects.toEqual(refused('sealed.certificate-unusable'))
  expect(asked).toEqual([])
})
