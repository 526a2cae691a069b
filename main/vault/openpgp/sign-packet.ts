import { randomBytes } from 'node:crypto'
import { type AnyKeyPacket, enums, SignaturePacket } from 'openpgp'
import { internalsOf } from '#trust/openpgp/internals.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { SigningAccess } from './key-access.ts'

/** Octets of salt for a version 6 signature (RFC 9580, table 23). */
const saltSizes: Partial<Record<enums.hash, number>> = {
  [enums.hash.sha256]: 16,
  [enums.hash.sha384]: 24,
  [enums.hash.sha512]: 32,
}

export type SignatureFields = Partial<
  Pick<
    SignaturePacket,
    | 'keyFlags'
    | 'features'
    | 'preferredSymmetricAlgorithms'
    | 'preferredHashAlgorithms'
    | 'preferredCompressionAlgorithms'
    | 'isPrimaryUserID'
    | 'keyExpirationTime'
    | 'keyNeverExpires'
    | 'signatureExpirationTime'
    | 'signatureNeverExpires'
    | 'reasonForRevocationFlag'
    | 'reasonForRevocationString'
    | 'embeddedSignature'
    | 'exportable'
    | 'rawNotations'
  > & { readonly preferredCipherSuites: readonly (readonly [enums.symmetric, enums.aead])[] }
>

/** A signature packet that still lacks its signer. */
export function newSignature(type: enums.signature, hash: enums.hash, fields: SignatureFields = {}): SignaturePacket {
  const packet = Object.assign(new SignaturePacket(), fields)
  packet.signatureType = type
  packet.hashAlgorithm = hash
  return packet
}

/**
 * Names the signer and fixes the hashed subpackets; after this, `salt` and `signatureData` are what the digest needs.
 * @param date of the signature; whole seconds count
 */
export function prepareSignature(packet: SignaturePacket, key: AnyKeyPacket, date: Date): void {
  const inner = internalsOf(packet)
  packet.version = key.version
  packet.publicKeyAlgorithm = key.algorithm
  packet.created = new Date(Math.floor(date.getTime() / 1000) * 1000)
  packet.issuerKeyVersion = key.version
  packet.issuerFingerprint = key.getFingerprintBytes()
  packet.issuerKeyID = key.getKeyID()
  packet.unhashedSubpackets = []
  if (key.version === 6) inner.salt = new Uint8Array(randomBytes(saltSizes[packet.hashAlgorithm as enums.hash] ?? 32))
  const head = [packet.version, packet.signatureType ?? 0, packet.publicKeyAlgorithm, packet.hashAlgorithm ?? 0]
  packet.signatureData = new Uint8Array([...head, ...inner.writeHashedSubPackets()])
}

/**
 * Has the key sign the digest and verifies what came back: a faulty or foreign signer's output never leaves.
 * @throws whatever the key throws; Error of the library where the signature does not verify
 */
export async function finishSignature(
  packet: SignaturePacket,
  access: SigningAccess,
  digest: Uint8Array,
): Promise<SignaturePacket> {
  const inner = internalsOf(packet)
  packet.signedHashValue = digest.slice(0, 2)
  inner.params = await access.signDigest(packet.hashAlgorithm as enums.hash, digest)
  inner.hashed = digest
  const known = packet.rawNotations.map(({ name }) => name)
  const config = { ...policy, knownNotations: [...policy.knownNotations, ...known] }
  await packet.verify(
    access.key,
    packet.signatureType as enums.signature,
    {},
    packet.created ?? undefined,
    true,
    config,
  )
  return packet
}

/**
 * Signs what a signature is over inside certificates: `{key}`, `{key, userID}` or `{key, bind}`, as openpgp.js names
 * them. For messages see sign.ts.
 */
export async function signPacket(
  packet: SignaturePacket,
  access: SigningAccess,
  data: object,
  date = new Date(),
): Promise<SignaturePacket> {
  prepareSignature(packet, access.key, date)
  const inner = internalsOf(packet)
  const type = packet.signatureType as enums.signature
  const digest = await inner.hash(type, data, inner.toHash(type, data, true), true)
  return finishSignature(packet, access, digest)
}
