import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Json } from '#protocol/command.ts'
import { commandIdSchema, deploymentIdSchema } from '#protocol/ids.ts'
import { subjectOf } from '#protocol/sealed-value.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { type OpenedVault, openVault } from '#tests/fixtures/vault/vault.ts'
import { toBase64url } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import { type DataKey, newDataKey, paramsPlace, sealParams } from '#trust/sealed/seal.ts'
import { keyPayload, payloadBytes, recipientOf, wrapFor } from '#trust/sealed/wrap.ts'
import { paramsDigest } from '#trust/statement.ts'
import { parseStored } from '../keyring/listing.ts'
import { knownKeys } from '../messages/known-keys.ts'
import { writeKeyFile } from './key-file.ts'

const deployment = deploymentIdSchema.parse('libral:00000000-0000-4000-8000-000000000001')
const elsewhere = deploymentIdSchema.parse('libral:00000000-0000-4000-8000-000000000002')
const subject = subjectOf('operator', 'sato')
const sealing = { id: deployment, name: '本番' }
const command = commandIdSchema.parse(uuidv7())
const contact = { operator: 'sato', name: '佐藤 一郎', phone: '090-1234-5678', email: null }

interface Somebody {
  readonly vault: OpenedVault
  readonly fingerprint: string
  readonly certificate: string
}
const somebody = async (name: string): Promise<Somebody> => {
  const vault = await openVault(() => '')
  await vault.client.create({ name, email: '', curve: '25519', days: 30, companion: false })
  const stored = vault.vault.keyring().current().entries[0]?.certificates[0]
  if (!stored) throw new Error('no key')
  const key = await parseStored(stored)
  return { vault, fingerprint: key.getFingerprint(), certificate: toBase64url(key.toPublic().write()) }
}

let folder: ReturnType<typeof privateFolder>
let custodian: Somebody
let auditor: Somebody
let stranger: Somebody
beforeAll(async () => {
  folder = privateFolder('key-files')
  ;[custodian, auditor, stranger] = (await Promise.all(['田中', '森', '他人'].map(somebody))) as [
    Somebody,
    Somebody,
    Somebody,
  ]
})
afterAll(async () => {
  for (const it of [custodian, auditor, stranger]) await it.vault.stop()
  folder.remove()
})
beforeEach(() => {
  for (const it of [custodian, auditor, stranger]) it.vault.person.asked.length = 0
})

const refused = (code: string) => expect.objectContaining({ code })
const wrappedFor = async (key: DataKey, over: object = {}) => {
  const found = await recipientOf(custodian.certificate, Date.now())
  if (!('recipient' in found)) throw new Error(found.unusable)
  const payload = keyPayload({ deployment, class: 'personal', subject, ...over }, key)
  const bytes = await wrapFor(found.recipient, payloadBytes(payload), Date.now())
  return { subject, key: key.id, wrapped: Buffer.from(bytes).toString('base64') }
}
const orderOf = (file: string, over: object = {}) => ({
  head: {
    ...{ v: 1 as const, kind: 'libral-keys' as const, deployment, command, class: 'personal' as const },
    ...{ from: 0, to: 40, custodian: 'tanaka' as never, receiver: auditor.fingerprint as never },
  },
  ...{ sealing, operator: 'mori', certificate: auditor.certificate },
  ...{ fingerprints: [custodian.fingerprint as never], file },
  ...over,
})
/** The file that the custodian writes of these keys. */
const written = async (name: string, keys: readonly DataKey[], without: readonly DataKey[] = [], over: object = {}) => {
  const file = join(folder.path, name)
  const { sealed } = custodian.vault.client
  const { grant } = await sealed.beginKeyFile(orderOf(file, over))
  const given = { keys: await Promise.all(keys.map((key) => wrappedFor(key))), without: [] }
  await sealed.addToKeyFile({ grant, ...given })
  const erased = without.map(({ id }) => ({ subject, key: id, why: 'erased' as const }))
  await sealed.addToKeyFile({ grant, keys: [], without: erased })
  return { file, grant, counts: await sealed.endKeyFile({ grant }) }
}
const openedBy = ({ vault }: Somebody, file: string, over: object = {}) =>
  vault.client.sealed.openKeyFile({ file, deployments: [deployment], certificates: [custodian.certificate], ...over })

const entryOf = (key: DataKey, params: Readonly<Record<string, Json>> = contact, over: object = {}) => {
  const salt = toBase64url(createHash('sha256').update(key.id).digest().subarray(0, 16))
  const statement = {
    ...{ id: commandIdSchema.parse(uuidv7()), command: 'session.setContact', context: deployment },
    ...{ paramsDigest: paramsDigest(salt, params) as never, ...over },
  }
  const place = paramsPlace(statement, { class: 'personal', subject })
  return { index: 7, at: Date.now() as never, statement, sealed: sealParams(salt, canonicalText(params), place, key) }
}

test('a file goes from the custodian to the auditor, who sees what an entry sealed and that it is what was signed', async () => {
  const [key, other, erased] = [newDataKey(), newDataKey(), newDataKey()]
  const { file, counts, grant } = await written('good.lbkeys', [key, other, key], [erased])
  expect(counts).toEqual({ keys: 2, subjects: 1, erased: 1, lacking: 0 })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toEqual([])
  const [asked] = custodian.vault.person.asked
  expect(asked).toMatchObject({ title: '鍵ファイルの作成', accept: '署名して作る', danger: true })
  const facts = Object.fromEntries(asked?.facts.map(({ label, value }) => [label, value]) ?? [])
  expect(facts).toMatchObject({ 渡す相手: 'mori', 区分: '個人情報', 記録の範囲: '0 – 39', 引き渡しの記録: command })
  expect(facts['指紋']?.replaceAll(' ', '').toLowerCase()).toBe(auditor.fingerprint)
  // No secret and no name lies in the file in the clear, and the grant is used up.
  expect(readFileSync(file).includes(Buffer.from(key.secret))).toBe(false)
  expect(readFileSync(file).includes(toBase64url(key.secret))).toBe(false)
  await expect(custodian.vault.client.sealed.endKeyFile({ grant })).rejects.toEqual(refused('sealed.not-recorded'))

  const read = await openedBy(auditor, file)
  expect(read).toMatchObject({ counts, signature: 'valid', signer: custodian.fingerprint })
  expect(read.head).toMatchObject({ custodian: 'tanaka', receiver: auditor.fingerprint, command, from: 0, to: 40 })
  const { sealed } = auditor.vault.client
  expect(await sealed.showEntry({ grant: read.grant, entry: entryOf(key) })).toEqual({ matches: true })
  const [shown] = auditor.vault.person.asked
  expect(shown).toMatchObject({ title: '記録7の封印', danger: false })
  expect(shown?.facts).toEqual(
    expect.arrayContaining([
      { label: '氏名', value: '佐藤 一郎' },
      { label: '電話番号', value: '090-1234-5678' },
      { label: '署名との照合', value: '一致：署名された内容そのものです' },
    ]),
  )
  // Sealed well, and not what the statement's digest covers: shown, and said.
  const swapped = entryOf(key, contact, { paramsDigest: entryOf(other).statement.paramsDigest })
  expect(await sealed.showEntry({ grant: read.grant, entry: swapped })).toEqual({ matches: false })
  expect(auditor.vault.person.asked[1]).toMatchObject({ danger: true })
  // Of another command or another key, what is erased, and what was never given.
  const show = (entry: ReturnType<typeof entryOf>) => sealed.showEntry({ grant: read.grant, entry })
  const moved = { ...entryOf(key), sealed: entryOf(key).sealed }
  await expect(show(moved)).rejects.toEqual(refused('sealed.tampered'))
  await expect(show(entryOf({ ...other, id: key.id }))).rejects.toEqual(refused('sealed.tampered'))
  await expect(show(entryOf(erased))).rejects.toEqual(refused('sealed.erased'))
  await expect(show(entryOf(newDataKey()))).rejects.toEqual(refused('sealed.not-handed-over'))
  expect(auditor.vault.person.asked).toHaveLength(2)
  await sealed.dropKeys({ grant: read.grant })
  await expect(show(entryOf(key))).rejects.toEqual(refused('sealed.keys-missing'))
})

test('a file is refused by whoever it is not for, for another log, and when nobody or somebody else signed it', async () => {
  const key = newDataKey()
  const { file } = await written('refused.lbkeys', [key])
  await expect(openedBy(stranger, file)).rejects.toEqual(refused('sealed.keys-not-mine'))
  await expect(openedBy(auditor, file, { deployments: [elsewhere] })).rejects.toEqual(refused('sealed.keys-foreign'))
  // Without the certificate of who signed nothing is said of the signature, and it is told.
  expect(await openedBy(auditor, file, { certificates: [] })).toMatchObject({ signature: 'unknown', signer: null })
  const text = join(folder.path, 'text.lbkeys')
  writeFileSync(text, 'これは鍵ファイルではありません\n')
  await expect(openedBy(auditor, text)).rejects.toEqual(refused('sealed.keys-unreadable'))
  await expect(openedBy(auditor, join(folder.path, 'none'))).rejects.toEqual(refused('sealed.keys-unreadable'))
  // Signed by a key that is in the bundle, over something that is no key file.
  const known = await knownKeys(custodian.vault.vault)
  const receiver = await recipientOf(auditor.certificate, Date.now())
  if (!('recipient' in receiver)) throw new Error(receiver.unusable)
  const to = { receiver: receiver.recipient.certificate, signer: known.signer(custodian.fingerprint), now: Date.now() }
  const other = join(folder.path, 'other.lbkeys')
  await writeKeyFile(other, Buffer.from('{"v":1}\n'), to, {})
  await expect(openedBy(auditor, other)).rejects.toEqual(refused('sealed.keys-unreadable'))
  const unsigned = join(folder.path, 'unsigned.lbkeys')
  writeFileSync(unsigned, await wrapFor(receiver.recipient, Buffer.from('{"v":1}\n'), Date.now()))
  await expect(openedBy(auditor, unsigned)).rejects.toEqual(refused('sealed.keys-unsigned'))
})

test('a file that is cut is refused, and one in which a bit is turned says nothing else, wherever', async () => {
  const { file } = await written('damaged.lbkeys', [newDataKey()])
  const whole = readFileSync(file)
  const { grant: _, ...said } = await openedBy(auditor, file)
  const damaged = join(folder.path, 'damage')
  const codes = ['sealed.keys-unreadable', 'sealed.keys-not-mine', 'sealed.keys-unsigned']
  const outcomeOf = (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(damaged, bytes)
    return openedBy(auditor, damaged).then(
      ({ grant: _, ...read }) => read,
      (thrown: { readonly code?: string }) => thrown.code ?? String(thrown),
    )
  }
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.byteLength - 1 }), async (length) => {
      expect(codes).toContain(await outcomeOf(whole.subarray(0, length)))
    }),
    { numRuns: 40 },
  )
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.byteLength * 8 - 1 }), async (bit) => {
      const turned = Buffer.from(whole)
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // Of which version the reader's key is stands outside of all that is sealed, and nothing rests on it.
      const outcome = await outcomeOf(turned)
      if (typeof outcome === 'string') expect(codes).toContain(outcome)
      else expect([bit >> 3, outcome]).toEqual([4, said])
    }),
    { numRuns: 80, examples: [[32], [39]] },
  )
})

test('nothing is written without an agreement, for another certificate than was shown, or of other keys', async () => {
  const { sealed } = custodian.vault.client
  const file = join(folder.path, 'never.lbkeys')
  const none = '00000000-0000-4000-8000-000000000000'
  const nothing = { keys: [], without: [] }
  await expect(sealed.addToKeyFile({ grant: none, ...nothing })).rejects.toEqual(refused('sealed.not-recorded'))
  const other = orderOf(file, { certificate: stranger.certificate })
  await expect(sealed.beginKeyFile(other)).rejects.toEqual(refused('sealed.certificate-unusable'))
  const unsigned = orderOf(file, { fingerprints: [auditor.fingerprint as never] })
  await expect(sealed.beginKeyFile(unsigned)).rejects.toEqual(refused('signing.key-elsewhere'))
  expect(custodian.vault.person.asked).toEqual([])
  const { grant } = await sealed.beginKeyFile(orderOf(file))
  for (const over of [{ subject: subjectOf('operator', 'mori') }, { class: 'statutory' }, { deployment: elsewhere }]) {
    const keys = [await wrappedFor(newDataKey(), over)]
    await expect(sealed.addToKeyFile({ grant, keys, without: [] })).rejects.toEqual(refused('sealed.no-key'))
  }
  await sealed.dropKeyFile({ grant })
  await expect(sealed.endKeyFile({ grant })).rejects.toEqual(refused('sealed.not-recorded'))
  expect(readdirSync(folder.path)).not.toContain('never.lbkeys')
})
