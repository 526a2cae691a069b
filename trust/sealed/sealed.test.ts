import fc from 'fast-check'
import { generateKey, decrypt as openMessage, type PrivateKey, readMessage } from 'openpgp'
import { beforeAll, describe, expect, it } from 'vitest'
import { dataKeyIdSchema, type SealedPlace, subjectOf } from '#protocol/sealed-value.ts'
import { utf8 } from '../bytes.ts'
import { canonicalText } from '../canonical.ts'
import { policy } from '../openpgp/policy.ts'
import { indexToken, newDataKey, openParams, openText, paramsPlace, sealParams, sealText } from './seal.ts'
import { keyPayload, parsePayload, payloadBytes, recipientOf, secretOf, wrapFor } from './wrap.ts'

const deployment = 'libral:00000000-0000-4000-8000-000000000001'
const place: SealedPlace = {
  deployment,
  collection: 'session.contacts',
  field: 'phone',
  class: 'personal',
  subject: subjectOf('operator', 'tanaka'),
}
const text = fc.string({ unit: 'grapheme', maxLength: 400 }).filter((value) => value.isWellFormed())
const tampered = expect.objectContaining({ code: 'sealed.tampered' })
const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a sealed text', () => {
  it('comes back whole, under its key and in its place', () => {
    fc.assert(
      fc.property(text, (value) => {
        const key = newDataKey()
        expect(openText(sealText(value, place, key), place, key.secret)).toBe(value)
      }),
    )
  })

  it('opens nowhere else: another subject, field, collection, class or deployment', () => {
    const other: Partial<SealedPlace>[] = [
      { deployment: 'libral:00000000-0000-4000-8000-000000000002' },
      { collection: 'session.contact' },
      { field: 'email' },
      { class: 'statutory' },
      { subject: subjectOf('operator', 'suzuki') },
      // What would read alike if the parts were merely written one after another.
      { collection: 'session.contactsp', field: 'hone' },
    ]
    const key = newDataKey()
    const sealed = sealText('090-1234-5678', place, key)
    for (const change of other)
      expect(thrown(() => openText(sealed, { ...place, ...change }, key.secret))).toEqual(tampered)
    expect(thrown(() => openText({ ...sealed, key: newDataKey().id }, place, key.secret))).toEqual(tampered)
    expect(thrown(() => openText(sealed, place, newDataKey().secret))).toEqual(tampered)
  })

  it('is refused after a change of any bit', () => {
    const key = newDataKey()
    const sealed = sealText('田中 太郎', place, key)
    const box = Buffer.from(sealed.box, 'base64url')
    for (let bit = 0; bit < box.byteLength * 8; bit++) {
      const changed = Buffer.from(box)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const wrong = { ...sealed, box: changed.toString('base64url') }
      expect(thrown(() => openText(wrong, place, key.secret))).toEqual(tampered)
    }
    for (let length = 0; length < box.byteLength; length++) {
      const cut = { ...sealed, box: box.subarray(0, length).toString('base64url') }
      expect(thrown(() => openText(cut, place, key.secret))).toEqual(tampered)
    }
  })

  it('tells no length of short texts and never repeats', () => {
    const key = newDataKey()
    const boxes = ['', '1', '090-1234-5678', 'a'.repeat(31)].map((value) => sealText(value, place, key).box)
    expect(new Set(boxes.map((box) => box.length)).size).toBe(1)
    expect(sealText('1', place, key).box).not.toBe(sealText('1', place, key).box)
  })
})

describe('sealed parameters', () => {
  const command = { id: '01900000-0000-7000-8000-000000000000', command: 'session.setContact', context: deployment }
  it('come back with their salt, for their own command alone', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text), (params) => {
        const key = newDataKey()
        const at = paramsPlace(command, place)
        const sealed = sealParams('A'.repeat(22), canonicalText(params), at, key)
        expect(openParams(sealed, at, key.secret)).toEqual({ salt: 'A'.repeat(22), params: { ...params } })
        const elsewhere = paramsPlace({ ...command, id: '01900000-0000-7000-8000-000000000001' }, place)
        expect(thrown(() => openParams(sealed, elsewhere, key.secret))).toEqual(tampered)
      }),
    )
  })
})

describe('the search index', () => {
  const key = new Uint8Array(32).fill(7)
  const token = (value: string, form: 'phone' | 'email' | 'text' = 'phone', field = 'phone') =>
    Buffer.from(indexToken(key, { collection: 'session.contacts', field }, form, value)).toString('hex')

  it('finds one number however it was written, and no other', () => {
    expect(token('０９０-1234-5678')).toBe(token('09012345678'))
    expect(token('090-1234-5678')).not.toBe(token('090-1234-5679'))
    expect(token('Ａ@Example.jp', 'email', 'email')).toBe(token('a@example.jp', 'email', 'email'))
    expect(token('ﾀﾅｶ', 'text', 'name')).toBe(token('タナカ', 'text', 'name'))
  })

  it('is another for each field, and for each key', () => {
    expect(token('1')).not.toBe(token('1', 'phone', 'fax'))
    const other = indexToken(new Uint8Array(32), { collection: 'session.contacts', field: 'phone' }, 'phone', '1')
    expect(token('1')).not.toBe(Buffer.from(other).toString('hex'))
  })
})

describe('a wrapped key', () => {
  const born = new Date('2026-01-01T00:00:00Z')
  const now = born.getTime() + 86_400_000
  const make = (options: object = {}) =>
    generateKey({
      userIDs: [{ name: 'C' }],
      date: born,
      type: 'curve25519',
      format: 'object',
      config: { ...policy, aeadProtect: true },
      ...options,
    }) as unknown as Promise<{ privateKey: PrivateKey; revocationCertificate: string }>
  const base64 = (key: PrivateKey): string => Buffer.from(key.toPublic().write()).toString('base64url')
  let custodian: PrivateKey
  beforeAll(async () => {
    custodian = (await make()).privateKey
  })

  it('is opened by its custodian and says whose it is', async () => {
    const key = newDataKey()
    const payload = keyPayload({ ...place, deployment: deployment as never }, key)
    const found = await recipientOf(base64(custodian), now)
    if (!('recipient' in found)) throw new Error(found.unusable)
    expect(found.recipient.fingerprint).toBe(custodian.getFingerprint())
    const wrapped = await wrapFor(found.recipient, payloadBytes(payload), now)
    expect(Buffer.from(wrapped).includes(Buffer.from(key.secret))).toBe(false)
    const { data } = await openMessage({
      message: await readMessage({ binaryMessage: wrapped }),
      decryptionKeys: custodian,
      format: 'binary',
      date: new Date(now),
      config: policy,
    })
    const read = parsePayload(data as Uint8Array)
    expect(read).toEqual(payload)
    expect(secretOf(read)).toEqual(key.secret)
  })

  it('is not made for a certificate that is expired, revoked, secret or none', async () => {
    const short = await make({ keyExpirationTime: 3_600 })
    expect(await recipientOf(base64(short.privateKey), now)).toEqual({ unusable: 'expired' })
    expect('recipient' in (await recipientOf(base64(short.privateKey), born.getTime() + 60_000))).toBe(true)
    const { revokeKey } = await import('openpgp')
    const { revocationCertificate } = await make()
    const victim = await make()
    const { publicKey } = await revokeKey({
      key: victim.privateKey.toPublic(),
      revocationCertificate: victim.revocationCertificate,
      format: 'object',
      date: new Date(now),
      config: policy,
    })
    expect(revocationCertificate).not.toBe('')
    const revoked = Buffer.from(publicKey.write()).toString('base64url')
    expect(await recipientOf(revoked, Date.now() + 60_000)).toEqual({ unusable: 'revoked' })
    const secret = Buffer.from(custodian.write()).toString('base64url')
    expect(await recipientOf(secret, now)).toEqual({ unusable: 'unreadable' })
    expect(await recipientOf('AAAA', now)).toEqual({ unusable: 'unreadable' })
  })

  it('is refused as anything else', () => {
    const whole = payloadBytes(keyPayload({ ...place, deployment: deployment as never }, newDataKey()))
    for (const wrong of [utf8('{}'), whole.subarray(1), new Uint8Array()])
      expect(thrown(() => parsePayload(wrong))).toMatchObject({ code: 'sealed.no-key' })
    expect(dataKeyIdSchema.safeParse('short').success).toBe(false)
  })
})
