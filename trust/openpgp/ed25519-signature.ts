import { enums, type PublicKeyPacket, type SignaturePacket } from 'openpgp'
import { type VerifyEd25519, verify } from '../ed25519.ts'
import { internalsOf } from './internals.ts'
import { isIssuedBy } from './issued-by.ts'

/** RFC 9580, 5.2.3.4: a digest that Ed25519 signs is of 256 bits at least. */
const leastDigest = 32

/**
 * Whether an Ed25519 key made this signature over a digest, by the native code that verifies session keys: openpgp.js
 * brings the key anew to another thread for each signature, which takes three times as long as the arithmetic. It is
 * asked for every other kind, for which this answers null.
 */
export const isRightByEd25519 = (
  packet: SignaturePacket,
  digest: Uint8Array,
  key: PublicKeyPacket,
  verifyEd25519: VerifyEd25519 = verify,
): boolean | Promise<boolean> | null => {
  const point = pointOf(key)
  const signature = point === null ? null : signatureOf(packet)
  if (point === null || signature === null) return null
  const fits = digest.byteLength >= leastDigest && isIssuedBy(packet, digest, key)
  return fits && verifyEd25519(point, digest, signature)
}

/** By key: which curve an old key is of is looked up in a table each time. */
const points = new WeakMap<PublicKeyPacket, Uint8Array | null>()
const pointOf = (key: PublicKeyPacket): Uint8Array | null => {
  const known = points.get(key)
  if (known !== undefined) return known
  const point = pointIn(key)
  points.set(key, point)
  return point
}

const pointIn = (key: PublicKeyPacket): Uint8Array | null => {
  const { A, Q } = key.publicParams as { readonly A?: Uint8Array; readonly Q?: Uint8Array }
  if (key.algorithm === enums.publicKey.ed25519) return A ?? null
  const isLegacy = key.algorithm === enums.publicKey.eddsaLegacy && key.getAlgorithmInfo().curve === 'ed25519Legacy'
  return isLegacy && Q?.byteLength === 33 && Q[0] === 0x40 ? Q.subarray(1) : null
}

const signatureOf = (packet: SignaturePacket): Uint8Array | null => {
  const { params } = internalsOf(packet)
  if ('RS' in params) return params.RS
  if (!('r' in params) || params.r.byteLength > 32 || params.s.byteLength > 32) return null
  const both = new Uint8Array(64)
  both.set(params.r, 32 - params.r.byteLength)
  both.set(params.s, 64 - params.s.byteLength)
  return both
}
