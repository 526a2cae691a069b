import fc from 'fast-check'
import {
  enums,
  generateKey,
  type PrivateKey,
  type RawNotation,
  readKey,
  reformatKey,
  revokeKey,
  SignaturePacket,
} from 'openpgp'
import { describe, expect, it } from 'vitest'
import type { Json, Statement } from '#protocol/command.ts'
import { errorCatalogue } from '#protocol/errors.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import { type Identity, identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import {
  assertContextLock,
  contextLockSteps,
  type KnownCertificate,
  type LockExpectation,
  lockNotation,
  signatureTimes,
  verifyContextLock,
} from '#trust/context-lock.ts'
import { digestFor } from '#trust/openpgp/digest.ts'
import { internalsOf } from '#trust/openpgp/internals.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { stateCommand } from '#trust/statement.ts'
import { signLocked } from './context-lock.ts'
import { packetOf } from './framing.ts'
import { canSign, type SigningAccess } from './key-access.ts'
import { type SignOptions, signDetached } from './sign.ts'
import { newSignature, prepareSignature, signPacket } from './sign-packet.ts'
import { softwareAccess } from './software-key.ts'

const here = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
const elsewhere = 'libral:0191e7a0-0000-7000-8000-000000000002' as DeploymentId
const minute = 60_000
const hour = 60 * minute
const now = Date.now()
const me = await identity(v6Kinds['v6 curve25519'], { date: new Date(now - 10 * hour) })
const other = await identity(v6Kinds['v6 curve25519'], { date: new Date(now - 10 * hour) })

const stated = (over: Partial<Statement> = {}, params: Readonly<Record<string, Json>> = { amount: '120000' }) => {
  const made = stateCommand({
    context: here,
    command: 'payments.refund',
    params,
    id: '0191e7a0-0000-7000-8000-0000000000aa' as CommandId,
    operator: 'tanaka' as OperatorId,
    issuedAt: now,
    expiresAt: now + 5 * minute,
  })
  return { ...made, statement: { ...made.statement, ...over } as Statement }
}
const knownAs = (of: Pick<Identity, 'certificate'>, over: Partial<KnownCertificate> = {}): KnownCertificate => ({
  key: of.certificate,
  operator: 'tanaka',
  ended: null,
  ...over,
})
const expectation = (over: Partial<LockExpectation> = {}): LockExpectation => ({
  context: here,
  purpose: 'command',
  at: now + 1_000,
  certificates: [knownAs(me)],
  ...over,
})
type Stated = ReturnType<typeof stated>
const bytesOf = ({ statement }: Stated): Uint8Array => canonicalBytes(statement as unknown as Json)
const givenBy = (signature: Uint8Array, of: Stated, statement = bytesOf(of)) => ({
  statement,
  signature,
  bound: { salt: of.salt, params: of.params },
})

/** `step code reason` of the step that failed; `valid`. */
const verdict = async (
  signature: Uint8Array,
  of: Stated,
  over: Partial<LockExpectation> = {},
  statement?: Uint8Array,
) => {
  const report = await verifyContextLock(givenBy(signature, of, statement), expectation(over))
  expect(report.steps.map(({ step }) => step)).toEqual([...contextLockSteps])
  const at = report.steps.findIndex(({ outcome }) => outcome !== 'passed')
  if (at < 0) {
    expect(report.valid).toBe(true)
    assertContextLock(report)
    return 'valid'
  }
  expect(report.valid).toBe(false)
  expect(report.steps.slice(at + 1).every(({ outcome }) => outcome === 'skipped')).toBe(true)
  const { step, failure } = report.steps[at] ?? { step: null, failure: null }
  expect(failure && Object.hasOwn(errorCatalogue, failure.code)).toBe(true)
  expect(() => assertContextLock(report)).toThrow(failure?.code)
  return [step, failure?.code, failure?.params['reason']].filter(Boolean).join(' ')
}
const signed = (of: Stated, by = me.signer) => signLocked(of.statement, by)

/** Signed as nobody should: with other notations, times or bytes. */
const oddly = (of: Stated, over: Partial<SignOptions> = {}, by = me.signer) => {
  const { created, lasts } = signatureTimes(of.statement)
  return signDetached([bytesOf(of)], {
    signers: [by],
    date: new Date(created * 1000),
    notations: [lockNotation(of.statement.context)],
    expiresAfter: lasts,
    ...over,
  })
}
const notation = (over: Partial<RawNotation>): RawNotation => ({ ...lockNotation(here), ...over })

describe('a statement under Context-Lock', () => {
  it.each([...Object.entries(v6Kinds), ...Object.entries(v4Kinds)])('%s signs and verifies', async (_name, kind) => {
    const by = await identity(kind, { date: new Date(now - hour) })
    const of = stated()
    expect(await verdict(await signed(of, by.signer), of, { certificates: [knownAs(other), knownAs(by)] })).toBe(
      'valid',
    )
  })

  it('is signed by a subkey that vouches for its primary key', async () => {
    const { secret, certificate } = await withSigningSubkey(true)
    const of = stated()
    const signature = await signed(of, secret)
    expect(await verdict(signature, of, { certificates: [knownAs({ certificate })] })).toBe('valid')
  })

  it('names whose key made it', async () => {
    const of = stated()
    const report = await verifyContextLock(givenBy(await signed(of), of), expectation())
    expect(report.certificate).toBe(me.certificate.getFingerprint())
  })

  it('counts between 120 s before its time and its end, by the clock that judges', async () => {
    const of = stated()
    const signature = await signed(of)
    const at = (ms: number) => verdict(signature, of, { at: now + ms })
    expect(await at(-120_000)).toBe('valid')
    expect(await at(-120_001)).toBe('time command.from-future')
    expect(await at(5 * minute - 1)).toBe('valid')
    expect(await at(5 * minute)).toBe('time command.expired')
    expect(await at(2 * hour)).toBe('time command.expired')
    expect(await at(-2 * hour)).toBe('time command.from-future')
  })
})

describe('each step fails closed', () => {
  it('format: anything but the canonical bytes of a statement', async () => {
    const of = stated()
    const refused = async (statement: Uint8Array) =>
      verdict(await signDetached([statement], { signers: [me.signer], notations: [notation({})] }), of, {}, statement)
    const text = Buffer.from(bytesOf(of)).toString()
    expect(await refused(Buffer.from(`${text}\n`))).toBe('format context-lock.format')
    expect(await refused(Buffer.from(text.replace('{', '{ ')))).toBe('format context-lock.format')
    expect(await refused(Buffer.from(JSON.stringify(of.statement)))).toBe('format context-lock.format')
    expect(await refused(Buffer.from(text.replace('"v":1', '"v":2')))).toBe('format context-lock.format')
    expect(await refused(Buffer.from(text.replace('"v":1', '"v":1,"v":1')))).toBe('format context-lock.format')
    expect(await refused(Buffer.from('支払い'))).toBe('format context-lock.format')
    expect(await refused(new Uint8Array(9_000))).toBe('format context-lock.format')
  })

  it('packet: anything but one binary signature of version 4 or 6', async () => {
    const of = stated()
    const signature = await signed(of)
    const body = signature.subarray(signature[1] !== undefined && signature[1] < 192 ? 2 : 3)
    const refused = (bytes: Uint8Array) => verdict(bytes, of)
    const v3 = Uint8Array.from([3, 5, 0, 0, 0, 0, 0, ...new Uint8Array(8), 1, 8, 0, 0, 0, 8, 1])
    expect(await refused(packetOf(2, v3))).toBe('packet context-lock.packet')
    expect(await refused(packetOf(2, Uint8Array.from([5, ...body.subarray(1)])))).toBe('packet context-lock.packet')
    expect(await refused(await oddly(of, { text: true }))).toBe('packet context-lock.packet')
    expect(await refused(Buffer.concat([signature, signature]))).toBe('packet context-lock.packet')
    expect(await refused(Buffer.concat([signature, Buffer.from([0])]))).toBe('packet context-lock.packet')
    expect(await refused(Buffer.concat([packetOf(10, Buffer.from('PGP')), signature]))).toBe(
      'packet context-lock.packet',
    )
    expect(await refused(packetOf(4, body))).toBe('packet context-lock.packet')
    expect(await refused(signature.subarray(0, -1))).toBe('packet context-lock.packet')
    expect(await refused(new Uint8Array(0))).toBe('packet context-lock.packet')
    expect(await refused(packetOf(2, new Uint8Array(8_000)))).toBe('packet context-lock.packet')
  })

  it('certificate: a key that nobody registered', async () => {
    const of = stated()
    expect(await verdict(await signed(of, other.signer), of)).toBe('certificate context-lock.certificate-unknown')
    expect(await verdict(await signed(of), of, { certificates: [] })).toBe(
      'certificate context-lock.certificate-unknown',
    )
  })

  it('signature: another statement than the one that was signed', async () => {
    const of = stated()
    const edited = stated({ id: '0191e7a0-0000-7000-8000-0000000000ab' as CommandId })
    expect(await verdict(await signed(of), edited)).toBe('signature context-lock.signature-wrong')
  })

  it('hash: SHA-1', async () => {
    const by = await identity(v4Kinds['v4 P-256'], { date: new Date(now - hour) })
    const of = stated()
    const signature = await withHash(of, by.signer, enums.hash.sha1, (digest) => signSha1(by.secret, digest))
    expect(await verdict(signature, of, { certificates: [knownAs(by)] })).toBe('hash context-lock.hash-weak')
    const strong = await withHash(of, by.signer, enums.hash.sha256)
    expect(await verdict(strong, of, { certificates: [knownAs(by)] })).toBe('valid')
  })

  it('key: expired, not made yet, too weak, or revoked when it signed', async () => {
    const of = stated()
    const signature = await signed(of)
    const revokedAt = async (at: number, flag: enums.reasonForRevocation) => {
      const { publicKey } = await revokeKey({
        key: me.secret,
        reasonForRevocation: { flag },
        date: new Date(at),
        format: 'object',
      })
      return verdict(signature, of, { certificates: [knownAs({ certificate: publicKey })] })
    }
    const { keyRetired, keyCompromised } = enums.reasonForRevocation
    expect(await revokedAt(now - minute, keyRetired)).toBe('key context-lock.key-invalid key-revoked')
    expect(await revokedAt(now - minute, keyCompromised)).toBe('key context-lock.key-invalid key-compromised')
    const ended = (at: number, reason: 'retired' | 'compromised') =>
      verdict(signature, of, { certificates: [knownAs(me, { ended: { at, reason } })] })
    expect(await ended(now, 'retired')).toBe('key context-lock.key-invalid key-revoked')
    expect(await ended(now + 1, 'retired')).toBe('valid')
    expect(await ended(now + hour, 'compromised')).toBe('key context-lock.key-invalid key-compromised')

    const short = await identity(v6Kinds['v6 curve25519'], { date: new Date(now - hour), keyExpirationTime: 1_800 })
    const late = await oddlyBy(short, of)
    expect(await verdict(late, of, { certificates: [knownAs(short)] })).toBe('key context-lock.key-invalid key-expired')
    const young = await identity(v6Kinds['v6 curve25519'], { date: new Date(now + minute) })
    const early = await oddlyBy(young, of)
    expect(await verdict(early, of, { certificates: [knownAs(young)] })).toBe(
      'key context-lock.key-invalid key-not-yet-valid',
    )
    const weak = await generateKey({
      ...{ type: 'rsa', rsaBits: 1024, userIDs: { name: 'weak' }, format: 'object' },
      ...{ date: new Date(now - hour), config: { minRSABits: 1024 } },
    })
    const [signer] = softwareAccess(weak.privateKey)
    const by = { certificate: weak.publicKey, signer: signer as SigningAccess }
    expect(await verdict(await oddlyBy(by, of), of, { certificates: [knownAs(by)] })).toBe(
      'key context-lock.key-invalid key-weak',
    )
  })

  it('key: an extended certificate counts at times that lie before its extension', async () => {
    const short = await identity(v6Kinds['v6 curve25519'], { date: new Date(now - hour), keyExpirationTime: 1_800 })
    const before = stated({ issuedAt: now - 50 * minute, expiresAt: now - 40 * minute })
    const signature = await oddlyBy(short, before)
    const at = now - 45 * minute
    expect(await verdict(signature, before, { at, certificates: [knownAs(short)] })).toBe('valid')
    const longer = await reformatKey({
      ...{ privateKey: short.secret, userIDs: { name: '山田 鍵' }, format: 'object' },
      ...{ date: new Date(now - 40 * minute), keyExpirationTime: 86_400, config: { v6Keys: true } },
    })
    expect(await verdict(signature, before, { at, certificates: [knownAs({ certificate: longer.publicKey })] })).toBe(
      'valid',
    )
  })

  it('usage: a subkey without the signature back to its primary key, and one for encryption', async () => {
    const { secret, certificate } = await withSigningSubkey(false)
    const of = stated()
    const signature = await withHash(of, secret, enums.hash.sha512)
    expect(await verdict(signature, of, { certificates: [knownAs({ certificate })] })).toBe(
      'usage context-lock.key-not-for-signing',
    )
    const certifies = await certifyOnly()
    expect(
      await verdict(await withHash(of, certifies.signer, enums.hash.sha512), of, {
        certificates: [knownAs(certifies)],
      }),
    ).toBe('usage context-lock.key-not-for-signing')
  })

  it.each([
    ['missing', []],
    ['several', [notation({}), notation({})]],
    ['several', [notation({}), notation({ critical: false })]],
    ['not-critical', [notation({ critical: false })]],
    ['missing', [notation({ name: 'context-lock@example.org', critical: false })]],
    ['unknown', [notation({}), notation({ name: 'x@example.org' })]],
  ] as const)('notation: %s', async (reason, notations) => {
    const of = stated()
    expect(await verdict(await oddly(of, { notations }), of)).toBe(`notation context-lock.notation ${reason}`)
  })

  it('notation: one outside of what was signed does not count', async () => {
    const of = stated()
    const bare = await oddly(of, { notations: [] })
    const lock = lockNotation(here)
    const content = [0x80, 0, 0, 0, 0, lock.name.length, 0, lock.value.length, ...Buffer.from(lock.name), ...lock.value]
    const subpacket = [content.length + 1, 0x80 | 20, ...content]
    const body = bare.subarray(bare[1] !== undefined && bare[1] < 192 ? 2 : 3)
    // Version 6: after the hashed subpackets, four octets count the unhashed ones.
    const at = 8 + Buffer.from(body).readUInt32BE(4)
    const unhashed = Buffer.alloc(4)
    unhashed.writeUInt32BE(subpacket.length)
    const before = Buffer.from(body).readUInt32BE(at)
    const edited = [...body.subarray(0, at), ...unhashed, ...subpacket, ...body.subarray(at + 4 + before)]
    expect(await verdict(packetOf(2, Uint8Array.from(edited)), of)).toBe('notation context-lock.notation missing')
  })

  it('context: another deployment, in the notation, the statement, or where it is shown', async () => {
    const of = stated()
    expect(await verdict(await signed(of), of, { context: elsewhere })).toBe('context command.wrong-context')
    const crossed = await oddly(of, { notations: [lockNotation(elsewhere)] })
    expect(await verdict(crossed, of)).toBe('context command.wrong-context')
    expect(await verdict(crossed, of, { context: elsewhere })).toBe('context command.wrong-context')
    const theirs = stated({ context: elsewhere })
    expect(await verdict(await oddly(theirs, { notations: [lockNotation(here)] }), theirs)).toBe(
      'context command.wrong-context',
    )
  })

  it('expiry: a signature without an end, or with times other than its statement', async () => {
    const of = stated()
    const { expiresAfter: _, ...endless } = { expiresAfter: 0 }
    const { created } = signatureTimes(of.statement)
    const forever = await signDetached([bytesOf(of)], {
      signers: [me.signer],
      date: new Date(created * 1000),
      notations: [lockNotation(here)],
      ...endless,
    })
    expect(await verdict(forever, of)).toBe('expiry context-lock.expiry')
    expect(await verdict(await oddly(of, { expiresAfter: 86_400 }), of)).toBe('expiry context-lock.expiry')
    expect(await verdict(await oddly(of, { date: new Date(now - 5_000) }), of)).toBe('expiry context-lock.expiry')
    const long = stated({ expiresAt: now + 25 * hour })
    expect(await verdict(await signed(long), long)).toBe('time context-lock.expiry')
    const backwards = stated({ expiresAt: now - 2_000 })
    expect(await verdict(await oddly(backwards, { expiresAfter: 60 }), backwards)).toBe('expiry context-lock.expiry')
  })

  it('purpose: an approval is no command', async () => {
    const of = stated()
    expect(await verdict(await signed(of), of, { purpose: 'approve' })).toBe('purpose context-lock.purpose')
  })

  it('operator: a colleague’s certificate', async () => {
    const of = stated()
    const certificates = [knownAs(me, { operator: 'sato' })]
    expect(await verdict(await signed(of), of, { certificates })).toBe('operator context-lock.operator')
    const named = stated({ operator: 'sato' as OperatorId })
    expect(await verdict(await signed(named), named)).toBe('operator context-lock.operator')
  })

  it('digest: an edited parameter, another salt, or none where some are bound', async () => {
    const of = stated()
    const signature = await signed(of)
    const edited = { ...of, params: { amount: '999999' } } as Stated
    expect(await verdict(signature, edited)).toBe('digest command.digest-mismatch')
    expect(await verdict(signature, { ...of, salt: 'A'.repeat(22) })).toBe('digest command.digest-mismatch')
    expect(await verdict(signature, { ...of, salt: '!' })).toBe('digest command.digest-mismatch')
    const report = await verifyContextLock({ statement: bytesOf(of), signature, bound: null }, expectation())
    expect(report.steps.at(-1)?.outcome).toBe('failed')
  })
})

describe('whatever is done to it', () => {
  it('one flipped bit of the statement or the signature is never valid', async () => {
    const of = stated()
    const signature = await signed(of)
    const statement = bytesOf(of)
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 7 }), async (inStatement, place, bit) => {
        const edited = Uint8Array.from(inStatement ? statement : signature)
        const at = place % edited.byteLength
        edited[at] = (edited[at] ?? 0) ^ (1 << bit)
        const result = inStatement ? await verdict(signature, of, {}, edited) : await verdict(edited, of)
        expect(result).not.toBe('valid')
      }),
      { numRuns: 200 },
    )
  })

  it('random bytes are refused without a throw', async () => {
    const bytes = fc.uint8Array({ maxLength: 400 })
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (statement, body) => {
        for (const signature of [body, packetOf(2, body), packetOf(2, Uint8Array.from([6, 0, ...body]))]) {
          expect(await verdict(signature, stated(), {}, statement)).toBe('format context-lock.format')
          expect(await verdict(signature, stated())).toMatch(/^(packet|certificate|signature) /)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('any statement that was signed verifies, and its times are whole seconds around it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3_600_000), fc.integer({ min: 1, max: 86_400_000 }), async (after, lasts) => {
        const issuedAt = now - hour + after
        const of = stated({ issuedAt, expiresAt: issuedAt + lasts })
        const { created, lasts: seconds } = signatureTimes(of.statement)
        expect(created * 1000).toBeLessThanOrEqual(issuedAt)
        expect((created + seconds) * 1000).toBeGreaterThanOrEqual(issuedAt + lasts)
        expect(await verdict(await signed(of), of, { at: issuedAt })).toBe('valid')
      }),
      { numRuns: 30 },
    )
  })
})

/** By a signer that the maker itself would refuse. */
const oddlyBy = (by: { readonly signer: SigningAccess }, of: Stated): Promise<Uint8Array> =>
  withHash(of, by.signer, enums.hash.sha512)

/** Without any of the maker's own checks. */
async function withHash(
  of: Stated,
  access: SigningAccess,
  hash: enums.hash,
  sign = (digest: Uint8Array) => access.signDigest(hash, digest),
): Promise<Uint8Array> {
  const { created, lasts } = signatureTimes(of.statement)
  const packet = newSignature(enums.signature.binary, hash, {
    rawNotations: [lockNotation(of.statement.context)],
    signatureExpirationTime: lasts,
    signatureNeverExpires: false,
  })
  prepareSignature(packet, access.key, new Date(created * 1000))
  const digest = digestFor(packet)
  if (digest === null) throw new Error('no digest')
  digest.update(bytesOf(of))
  const whole = digest.end(packet)
  packet.signedHashValue = whole.slice(0, 2)
  internalsOf(packet).params = await sign(whole)
  return packetOf(2, packet.write())
}

/** Our own keys never would. */
async function signSha1(secret: PrivateKey, digest: Uint8Array) {
  const scratch = new SignaturePacket()
  const inner = internalsOf(scratch)
  scratch.signatureType = enums.signature.binary
  scratch.hashAlgorithm = enums.hash.sha1
  scratch.publicKeyAlgorithm = secret.keyPacket.algorithm
  inner.toHash = () => undefined as unknown as Uint8Array
  inner.hash = () => Promise.resolve(digest)
  const sign = scratch.sign as (...given: readonly unknown[]) => Promise<void>
  const config = { ...policy, nonDeterministicSignaturesViaNotation: false }
  await sign.call(scratch, secret.keyPacket, {}, new Date(), true, config)
  return inner.params
}

/** A certificate whose subkey signs; `back`: with the subkey's own signature over the binding. */
async function withSigningSubkey(back: boolean) {
  const date = new Date(now - hour)
  const made = await generateKey({
    ...{ type: 'curve25519', userIDs: { name: '副鍵' }, subkeys: [{ sign: true }], format: 'object' },
    ...{ date, config: { v6Keys: true } },
  })
  const key = made.privateKey
  if (!back) await bindWithout(key, date)
  const certificate = await readKey({ binaryKey: key.toPublic().write() as Uint8Array, config: { v6Keys: true } })
  const subkey = certificate.subkeys[0]?.getFingerprint()
  const secret = softwareAccess(key)
    .filter(canSign)
    .find((it) => it.key.getFingerprint() === subkey)
  if (secret === undefined) throw new Error('no subkey')
  return { secret, certificate }
}

async function bindWithout(key: PrivateKey, date: Date): Promise<void> {
  const [primary] = softwareAccess(key).filter(canSign)
  const [subkey] = key.subkeys
  if (primary === undefined || subkey === undefined) throw new Error('no subkey')
  const binding = newSignature(enums.signature.subkeyBinding, enums.hash.sha512, {
    keyFlags: Uint8Array.of(enums.keyFlags.signData),
  })
  subkey.bindingSignatures = [await signPacket(binding, primary, { key: key.keyPacket, bind: subkey.keyPacket }, date)]
}

/** A primary key that certifies only: its signatures over documents count for nothing. */
async function certifyOnly() {
  const made = await generateKey({
    ...{ type: 'curve25519', userIDs: { name: '認証局' }, subkeys: [{ sign: true }], format: 'object' },
    ...{ date: new Date(now - hour), config: { v6Keys: true } },
  })
  const key = made.privateKey
  const [primary] = softwareAccess(key).filter(canSign)
  if (primary === undefined) throw new Error('no key')
  const direct = newSignature(enums.signature.key, enums.hash.sha512, {
    keyFlags: Uint8Array.of(enums.keyFlags.certifyKeys),
  })
  ;(key as unknown as { directSignatures: SignaturePacket[] }).directSignatures = [
    await signPacket(direct, primary, { key: key.keyPacket }, new Date(now - hour)),
  ]
  return { certificate: key.toPublic(), signer: primary }
}
