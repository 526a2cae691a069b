import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Certificate, KeyEntry, KeyPart } from '#protocol/keys.ts'
import type { Envelope } from '#protocol/messages.ts'
import { planMessage, refusedIn } from './plan.ts'

const now = 1_800_000_000_000
const day = 86_400_000
const revoked = { at: now - day, reason: 'retired' as const, text: '' }

interface Wish {
  readonly version: 4 | 6
  readonly modern: boolean
  readonly revoked: boolean
  readonly ends: number | null
  readonly encrypts: boolean
}

let count = 0
const digits = (length: number): string => (count++).toString(16).padStart(length, '0')

const part = (uses: KeyPart['uses'], own: boolean, length: number): KeyPart => ({
  fingerprint: digits(length),
  keyId: '',
  primary: false,
  algorithm: 'ed25519',
  uses,
  createdAt: 0,
  expiresAt: null,
  revoked: null,
  place: own ? 'software' : null,
  opened: { count: 0, at: null },
})

const certificate = (wish: Wish, own: boolean): Certificate => {
  const length = wish.version === 6 ? 64 : 40
  const primary = part(['certify', 'sign'], own, length)
  return {
    fingerprint: primary.fingerprint,
    version: wish.version,
    parts: [primary, ...(wish.encrypts ? [part(['encrypt'], own, length)] : [])],
    userIds: [],
    createdAt: 0,
    expiresAt: wish.ends,
    revoked: wish.revoked ? revoked : null,
    modern: wish.modern,
    confirmedAt: null,
    hasRevocation: false,
  }
}

const entry = (own: boolean, ...wishes: readonly Wish[]): KeyEntry => ({
  id: `id-${digits(4)}`,
  own,
  name: `name-${digits(4)}`,
  email: '',
  state: 'valid',
  expiresAt: null,
  addedAt: 0,
  certificates: wishes.map((it) => certificate(it, own)),
})

const v6: Wish = { version: 6, modern: true, revoked: false, ends: null, encrypts: true }
const v4: Wish = { ...v6, version: 4, modern: false }
const to = (recipients: readonly KeyEntry[], more: Partial<Envelope> = {}): Envelope => ({
  recipients: recipients.map(({ id }) => id),
  identity: null,
  sign: false,
  toSelf: false,
  password: false,
  audience: 'auto',
  ...more,
})

test.each([
  ['revoked', { ...v6, revoked: true }],
  ['expired', { ...v6, ends: now }],
  ['no-key', { ...v6, encrypts: false }],
] as const)('a certificate that is %s is not encrypted to, and says so', (refusal, wish) => {
  const one = entry(false, wish)
  const plan = planMessage([one], to([one]), now)
  expect(refusedIn(plan)).toMatchObject({ id: one.id, refusal, fingerprint: null })
})

test('of two certificates the one that still stands is taken', () => {
  const one = entry(false, { ...v6, revoked: true }, v4)
  expect(planMessage([one], to([one]), now)).toMatchObject({ format: 'seipd1', recipients: [{ version: 4 }] })
})

test('a signature that GnuPG shall verify needs a version 4 key; without one it is refused', () => {
  const me = entry(true, v6)
  const signed = { identity: me.id, sign: true }
  expect(planMessage([me], to([], signed), now)).toMatchObject({ format: null, signer: { version: 6, refusal: null } })
  expect(planMessage([me], to([], { ...signed, audience: 'gnupg' }), now).signer).toMatchObject({
    version: null,
    refusal: 'no-version-4',
  })
  const other = entry(false, v4)
  expect(planMessage([me, other], to([other], signed), now).signer).toMatchObject({ refusal: 'no-version-4' })
})

test('whatever the keyring holds: one format that every chosen certificate reads, none that is revoked or expired', () => {
  const wish = fc.record<Wish>({
    version: fc.constantFrom(4, 6),
    modern: fc.boolean(),
    revoked: fc.boolean(),
    ends: fc.constantFrom(null, now - day, now + day, now + 400 * day),
    encrypts: fc.boolean(),
  })
  const people = fc.array(fc.array(wish, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(people, fc.constantFrom('auto', 'gnupg'), (wishes, audience) => {
      const entries = wishes.map((it) => entry(false, ...it))
      const plan = planMessage(entries, to(entries, { audience }), now)
      const all = entries.flatMap(({ certificates }) => certificates)
      const chosen = plan.recipients.flatMap(({ fingerprint }) => all.filter((it) => it.fingerprint === fingerprint))
      for (const it of chosen) {
        expect(it.revoked).toBeNull()
        expect(it.expiresAt === null || it.expiresAt > now).toBe(true)
        if (plan.format === 'seipd2') expect(it.modern).toBe(true)
      }
      expect(plan.recipients.every(({ fingerprint, refusal }) => (fingerprint === null) === (refusal !== null))).toBe(
        true,
      )
      if (audience === 'gnupg') expect(plan.format).toBe('seipd1')
      if (plan.why === 'older-peers') expect(plan.older.length).toBeGreaterThan(0)
    }),
  )
})
