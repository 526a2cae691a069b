import { type Config, enums, type PublicKey, type PublicKeyPacket, type SignaturePacket, type Subkey } from 'openpgp'
import type { SignatureReason } from '#protocol/messages.ts'
import { equalBytes } from '../bytes.ts'
import type { VerifyEd25519 } from '../ed25519.ts'
import { isRightOverCovered } from './covered-signature.ts'
import { isRightByEd25519 } from './ed25519-signature.ts'
import { internalsOf } from './internals.ts'
import { policy } from './policy.ts'
import type { SignatureVerdict, Signer } from './verdict.ts'

export interface Judgement {
  /** Certificates that may have signed; none of them is trusted for being here. */
  readonly certificates: readonly PublicKey[]
  /** Fingerprints of primary keys, upper-case hexadecimal, that a person marked as trusted on this machine. */
  readonly trusted: ReadonlySet<string>
  /** When it is judged, in milliseconds since 1970. Signatures up to two minutes ahead pass. */
  readonly now: number
}

const aheadMs = 120_000
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()
const upper = (text: string): string => text.toUpperCase()

/**
 * Judges a signature over a document, given the document's digest (null: not computable here). Never throws for what a
 * signature or certificate holds: what is wrong with them is in the verdict.
 */
export async function judge(
  packet: SignaturePacket,
  digest: Uint8Array | null,
  given: Judgement,
): Promise<SignatureVerdict> {
  const found = digest === null ? null : await signerOf(packet, digest, given.certificates)
  const reason = digest === null ? 'unsupported' : await reasonOf(packet, found, given)
  const signer = found?.right === true ? signerShown(found) : null
  const trusted = signer !== null && given.trusted.has(signer.certificate)
  const valid = reason === null
  return {
    verified: valid && trusted,
    valid,
    reason: reason ?? (trusted ? null : 'not-trusted'),
    at: packet.created?.getTime() ?? null,
    issuer: issuerOf(packet),
    signer,
    text: packet.signatureType === enums.signature.text,
  }
}

/** What is said of a signature packet that can't be read. */
export const unreadable: SignatureVerdict = {
  verified: false,
  valid: false,
  reason: 'unsupported',
  at: null,
  issuer: null,
  signer: null,
  text: false,
}

export interface Found {
  readonly certificate: PublicKey
  readonly key: PublicKey | Subkey
  /** Whether the signature is really this key's over this document. */
  readonly right: boolean
}

const issuerOf = (packet: SignaturePacket): string | null => {
  if (packet.issuerFingerprint !== null) return hexOf(packet.issuerFingerprint)
  const id = packet.issuerKeyID.toHex()
  return id === '' ? null : upper(id)
}

function signerShown({ certificate, key }: Found): Signer {
  return {
    fingerprint: upper(key.getFingerprint()),
    certificate: upper(certificate.getFingerprint()),
    userIds: certificate.getUserIDs(),
  }
}

/**
 * Several keys may carry the same id: the one whose signature it is wins.
 * @param covered what the digest is of, where it is small enough to be at hand
 */
export async function signerOf(
  packet: SignaturePacket,
  digest: Uint8Array,
  certificates: readonly PublicKey[],
  covered: Uint8Array | null = null,
  verifyEd25519?: VerifyEd25519,
): Promise<Found | null> {
  let named: Found | null = null
  for (const certificate of certificates) {
    for (const key of certificate.getKeys().filter((it) => isIssuer(packet, it))) {
      const right = await isRight(packet, digest, covered, key.keyPacket as PublicKeyPacket, verifyEd25519)
      const found = { certificate, key: key as PublicKey | Subkey, right }
      if (right) return found
      named ??= found
    }
  }
  return named
}

function isIssuer(packet: SignaturePacket, { keyPacket }: PublicKey | Subkey): boolean {
  if (packet.issuerFingerprint === null) return packet.issuerKeyID.equals(keyPacket.getKeyID())
  const own = keyPacket.getFingerprintBytes()
  return own !== null && equalBytes(packet.issuerFingerprint, own)
}

/** The arithmetic alone: every rule on age, hash and notation is {@link reasonOf}'s, with a reason of its own. */
async function isRight(
  packet: SignaturePacket,
  digest: Uint8Array,
  covered: Uint8Array | null,
  key: PublicKeyPacket,
  verifyEd25519?: VerifyEd25519,
): Promise<boolean> {
  if (packet.version === 6 && !saltFits(packet)) return false
  const native =
    isRightByEd25519(packet, digest, key, verifyEd25519) ??
    (covered === null ? null : isRightOverCovered(packet, digest, covered, key))
  if (native !== null) return (await native) && key.version === packet.version
  const lenient = {
    ...policy,
    rejectHashAlgorithms: new Set<enums.hash>(),
    rejectMessageHashAlgorithms: new Set<enums.hash>(),
    knownNotations: packet.rawNotations.map(({ name }) => name),
  }
  const inner = internalsOf(packet)
  const unknown = packet.unknownSubpackets
  packet.unknownSubpackets = []
  inner.hashed = digest
  try {
    const type = packet.signatureType as enums.signature
    await (packet.verify as Verify).call(packet, key, type, {}, null, true, lenient)
    return key.version === packet.version
  } catch {
    return false
  } finally {
    packet.unknownSubpackets = unknown
    inner.hashed = undefined
  }
}
type Verify = (
  key: PublicKeyPacket,
  type: enums.signature,
  data: object,
  date: Date | null,
  detached: boolean,
  config: Config,
) => Promise<void>

/** RFC 9580, table 23. */
const saltSizes: Partial<Record<number, number>> = {
  [enums.hash.sha224]: 16,
  [enums.hash.sha256]: 16,
  [enums.hash.sha384]: 24,
  [enums.hash.sha512]: 32,
  [enums.hash.sha3_256]: 16,
  [enums.hash.sha3_512]: 32,
}
const saltFits = (packet: SignaturePacket): boolean =>
  internalsOf(packet).salt?.byteLength === saltSizes[packet.hashAlgorithm ?? -1]

async function reasonOf(
  packet: SignaturePacket,
  found: Found | null,
  { now }: Judgement,
): Promise<SignatureReason | null> {
  if (found === null) return 'certificate-unknown'
  if (!found.right) return 'signature-wrong'
  if (packet.unknownSubpackets.some(({ critical }) => critical)) return 'notation-unknown'
  if (packet.rawNotations.some(({ name, critical }) => critical && !policy.knownNotations.includes(name)))
    return 'notation-unknown'
  if (policy.rejectMessageHashAlgorithms.has(packet.hashAlgorithm as enums.hash)) return 'hash-weak'
  const at = packet.created?.getTime() ?? Number.POSITIVE_INFINITY
  if (at > now + aheadMs) return 'signature-from-future'
  if (now >= Number(packet.getExpirationTime())) return 'signature-expired'
  return keyReason(found, new Date(at), now)
}

/** Judged at the signature's own time; a compromised key counts at no time (its owner revoked it without "retired"). */
export async function keyReason({ certificate, key }: Found, at: Date, now: number): Promise<SignatureReason | null> {
  const config = policy as Config
  if (isWeak(certificate) || isWeak(key)) return 'key-weak'
  const parts = [certificate, ...(key === certificate ? [] : [key as Subkey])]
  if (parts.some((it) => it.getCreationTime() > at)) return 'key-not-yet-valid'
  const revoked = async (when: Date): Promise<boolean> =>
    (await certificate.isRevoked(undefined, undefined, when, config)) ||
    (key !== certificate && (await isSubkeyRevoked(key as Subkey, when, config)))
  if (await revoked(at)) return (await revoked(new Date(0))) ? 'key-compromised' : 'key-revoked'
  const ends = await Promise.all([certificate.getExpirationTime(undefined, config), endOf(key, config)])
  if (ends.some((end) => end === null)) return 'key-not-for-signing'
  if (ends.some((end) => Number(end) <= at.getTime())) return 'key-expired'
  const maySign = (when: Date): Promise<boolean> =>
    certificate.getSigningKey(key.getKeyID(), when, undefined, config).then(
      () => true,
      () => false,
    )
  // Who renews a certificate may leave out its older self-signatures; what they said then is gone, what the latest one
  // says holds.
  return (await maySign(at)) || (await maySign(new Date(now))) ? null : 'key-not-for-signing'
}

/** By the latest self-signature, whenever it was made. */
const endOf = (key: PublicKey | Subkey, config: Config): Promise<Date | number | null> =>
  'mainKey' in key
    ? (key.getExpirationTime as unknown as (at: null, config: Config) => Promise<Date | number | null>).call(
        key,
        null,
        config,
      )
    : key.getExpirationTime(undefined, config)

const isSubkeyRevoked = (key: Subkey, when: Date, config: Config): Promise<boolean> =>
  (key.isRevoked as unknown as (signature: null, key: null, when: Date, config: Config) => Promise<boolean>).call(
    key,
    null,
    null,
    when,
    config,
  )

function isWeak(key: PublicKey | Subkey): boolean {
  const { algorithm, bits = 0 } = key.getAlgorithmInfo()
  if (algorithm.startsWith('rsa')) return bits < policy.minRSABits
  return policy.rejectPublicKeyAlgorithms.has(key.keyPacket.algorithm)
}
