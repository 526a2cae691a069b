import fc from 'fast-check'
import {
  enums,
  generateKey,
  type PrivateKey,
  type PublicKey,
  readKey,
  reformatKey,
  revokeKey,
  type SecretKeyPacket,
  type Subkey,
} from 'openpgp'
import { describe, expect, it, vi } from 'vitest'
import type { SignatureReason } from '#protocol/messages.ts'
import { keyReason } from './judge.ts'
import { keptKeyReason } from './kept-reason.ts'
import { policy } from './policy.ts'

const second = 1_000
const hour = 3_600 * second
const made = Math.floor(Date.now() / second) * second - 100 * hour
const date = new Date(made)
const { keyRetired, keyCompromised } = enums.reasonForRevocation

const keyMade = async (version: 4 | 6, keyExpirationTime = 0, subkeyExpiration = 0): Promise<PrivateKey> => {
  const kind =
    version === 6 ? { type: 'curve25519' as const } : { type: 'ecc' as const, curve: 'curve25519Legacy' as const }
  const { privateKey } = await generateKey({
    ...kind,
    ...{ userIDs: [{ name: '一' }, { name: '二' }], date, keyExpirationTime, format: 'object' },
    subkeys: [{ sign: true, ...(subkeyExpiration > 0 && { keyExpirationTime: subkeyExpiration }) }, {}],
    config: { v6Keys: version === 6 },
  })
  return privateKey
}
const renewed = async (key: PrivateKey, at: number, keyExpirationTime: number): Promise<PrivateKey> => {
  const userIDs = key.getUserIDs().map((name) => ({ name }))
  const { privateKey } = await reformatKey({
    ...{ privateKey: key, userIDs, date: new Date(at), keyExpirationTime, format: 'object' },
    config: { v6Keys: true },
  })
  return (await key.update(privateKey, new Date(at))) as PrivateKey
}
const revoked = async (key: PrivateKey, at: number, flag: enums.reasonForRevocation): Promise<PublicKey> =>
  (await revokeKey({ key, reasonForRevocation: { flag }, date: new Date(at), format: 'object' })).publicKey
const withSubkeyRevoked = async (key: PrivateKey, at: number, flag: enums.reasonForRevocation): Promise<PublicKey> => {
  const [first] = key.subkeys
  key.subkeys[0] = (await first?.revoke(key.keyPacket as SecretKeyPacket, { flag }, new Date(at))) as Subkey
  return key.toPublic()
}
const withUserRevoked = async (key: PrivateKey, at: number): Promise<PublicKey> => {
  const reason = { flag: enums.reasonForRevocation.userIDInvalid }
  const gone = key.users.map((user) => user.revoke(key.keyPacket as SecretKeyPacket, reason, new Date(at)))
  key.users = await Promise.all(gone)
  return key.toPublic()
}

const kinds: Readonly<Record<string, () => Promise<PublicKey>>> = {
  'as it was made': async () => (await keyMade(6)).toPublic(),
  'that ends': async () => (await keyMade(6, 40 * 3_600)).toPublic(),
  'of version 4 that ends': async () => (await keyMade(4, 40 * 3_600)).toPublic(),
  'whose signing subkey ends': async () => (await keyMade(4, 0, 30 * 3_600)).toPublic(),
  'that was renewed after its end': async () =>
    (await renewed(await keyMade(6, 20 * 3_600), made + 30 * hour, 60 * 3_600)).toPublic(),
  'of version 4 that was renewed before its end': async () =>
    (await renewed(await keyMade(4, 20 * 3_600), made + 10 * hour, 60 * 3_600)).toPublic(),
  'that was retired': async () => revoked(await keyMade(6), made + 50 * hour, keyRetired),
  'that was compromised': async () => revoked(await keyMade(4), made + 50 * hour, keyCompromised),
  'whose subkey was retired': async () => withSubkeyRevoked(await keyMade(6), made + 50 * hour, keyRetired),
  'whose subkey was compromised': async () => withSubkeyRevoked(await keyMade(4), made + 50 * hour, keyCompromised),
  'whose names were taken back': async () => withUserRevoked(await keyMade(4), made + 50 * hour),
}

const read = (bytes: Uint8Array): Promise<PublicKey> => readKey({ binaryKey: bytes, config: policy })
const ask = (
  how: typeof keptKeyReason,
  certificate: PublicKey,
  nth: number,
  at: number,
  now: number,
): Promise<SignatureReason | null> => {
  const keys = certificate.getKeys() as (PublicKey | Subkey)[]
  const key = keys[nth % keys.length] as PublicKey | Subkey
  return how({ certificate, key, right: true }, new Date(at), now)
}
/** Without anything kept, of a certificate that was read for this question alone. */
const asked = async (bytes: Uint8Array, nth: number, at: number, now: number): Promise<SignatureReason | null> => {
  const fresh = await read(bytes)
  const own = [
    ...(fresh as unknown as { readonly directSignatures: PublicKey['users'][number]['selfCertifications'] })
      .directSignatures,
    ...fresh.users.flatMap(({ selfCertifications }) => selfCertifications),
    ...fresh.subkeys.flatMap(({ bindingSignatures }) => bindingSignatures),
  ]
  const renewedAt = Math.max(...own.map(({ created }) => created?.getTime() ?? 0))
  return ask(keyReason, fresh, nth, at, Math.max(now, renewedAt))
}

/** Around everything that happens to one of these certificates, and anywhere. */
const turns = [0, 10, 20, 30, 40, 50, 60, 70, 90].map((hours) => made + hours * hour)
const aroundTurns = fc
  .tuple(fc.constantFrom(...turns), fc.integer({ min: -2, max: 2 }))
  .map(([turn, seconds]) => turn + seconds * second)
const times = fc.oneof(
  aroundTurns,
  fc.integer({ min: -2, max: 101 * 3_600 }).map((s) => made + s * second),
)
const clocks = fc.tuple(times, fc.nat(999)).map(([time, ms]) => time + ms)

describe.each(Object.entries(kinds))('a certificate %s', (_name, make) => {
  it('says at any time what it would say if nothing were kept', async () => {
    const bytes = (await make()).write() as Uint8Array
    const kept = await read(bytes)
    await fc.assert(
      fc.asyncProperty(fc.nat(2), times, clocks, async (nth, at, now) => {
        expect(await ask(keptKeyReason, kept, nth, at, now)).toBe(await asked(bytes, nth, at, now))
      }),
      { numRuns: 120 },
    )
  })
})

describe('questions that come before the first is answered', () => {
  it('are one question, and each gets its own answer', async () => {
    const bytes = (await revoked(await keyMade(6), made + 50 * hour, keyRetired)).write() as Uint8Array
    const kept = await read(bytes)
    const looks = vi.spyOn(kept, 'isRevoked')
    const [before, after] = [made + 10 * hour, made + 60 * hour]
    const answers = Array.from({ length: 500 }, (_, n) => ask(keptKeyReason, kept, 0, n % 2 ? before : after, after))
    const expected = [await asked(bytes, 0, after, after), await asked(bytes, 0, before, after)]
    expect(expected).toEqual(['key-revoked', null])
    expect(await Promise.all(answers)).toEqual(answers.map((_, n) => expected[n % 2]))
    // Of the two stretches: one that was right then, one that was revoked, which is looked at twice.
    expect(looks.mock.calls.length).toBeLessThan(10)
  })
})
