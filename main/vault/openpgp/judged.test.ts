import { enums, revokeKey } from 'openpgp'
import { expect, test } from 'vitest'
import { type Identity, identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { type SignOptions, signDetached } from './sign.ts'
import { verifyDetached } from './verify.ts'

const document = Buffer.from('承認')
const hour = 3_600_000
const kind = v6Kinds['v6 curve25519']
const me = await identity(kind, { date: new Date(Date.now() - 10 * hour) })

const judged = async (by: Identity, options: Partial<SignOptions> = {}, known = judgementOf([by])) => {
  const signature = await signDetached([document], { signers: [by.signer], ...options })
  const [verdict] = await verifyDetached([document], [signature], known)
  return verdict
}
const ago = (hours: number): Date => new Date(Date.now() - hours * hour)

async function revoked(flag: enums.reasonForRevocation, at: Date) {
  const made = await revokeKey({ key: me.secret, reasonForRevocation: { flag }, date: at, format: 'object' })
  return { ...judgementOf([me]), certificates: [made.publicKey] }
}

test('a signature counts only where its certificate is known and marked', async () => {
  expect(await judged(me)).toMatchObject({ verified: true, valid: true, reason: null })
  expect(await judged(me, {}, judgementOf([me], []))).toMatchObject({ verified: false, reason: 'not-trusted' })
  expect(await judged(me, {}, judgementOf([]))).toMatchObject({ valid: false, reason: 'certificate-unknown' })
})

test('a signature from the future or past its own end does not count', async () => {
  expect(await judged(me, { date: ago(-1) })).toMatchObject({ verified: false, reason: 'signature-from-future' })
  const short = await judged(me, { date: ago(2), expiresAfter: 60 })
  expect(short).toMatchObject({ verified: false, reason: 'signature-expired' })
})

test('an unknown critical notation is refused, an uncritical one is not', async () => {
  const notation = { name: 'x@example.org', value: Buffer.from('y'), humanReadable: true }
  const critical = await judged(me, { notations: [{ ...notation, critical: true }] })
  expect(critical).toMatchObject({ verified: false, reason: 'notation-unknown' })
  expect(await judged(me, { notations: [{ ...notation, critical: false }] })).toMatchObject({ verified: true })
})

test('a retired key keeps what it signed before; a compromised one keeps nothing', async () => {
  const retired = await revoked(enums.reasonForRevocation.keyRetired, ago(2))
  expect(await judged(me, { date: ago(5) }, retired)).toMatchObject({ verified: true })
  expect(await judged(me, { date: ago(1) }, retired)).toMatchObject({ verified: false, reason: 'key-revoked' })
  const compromised = await revoked(enums.reasonForRevocation.keyCompromised, ago(2))
  expect(await judged(me, { date: ago(5) }, compromised)).toMatchObject({ verified: false, reason: 'key-compromised' })
})

test.each([kind, v4Kinds['v4 curve25519Legacy']])(
  'an expired key keeps what it signed before and makes nothing new',
  async (it) => {
    const old = await identity(it, { date: ago(10), keyExpirationTime: 5 * 3600 })
    expect(await judged(old, { date: ago(8) })).toMatchObject({ verified: true })
    await expect(signDetached([document], { signers: [old.signer] })).rejects.toMatchObject({
      code: 'openpgp.signer-unusable',
    })
  },
)
