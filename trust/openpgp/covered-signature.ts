import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { enums, type PublicKeyPacket, type SignaturePacket } from 'openpgp'
import { toBase64url } from '../bytes.ts'
import { internalsOf } from './internals.ts'
import { isIssuedBy } from './issued-by.ts'

/**
 * Whether an RSA key or one over a NIST curve made this signature, by native code, where all that it covers is at hand.
 * openpgp.js, given a digest alone, computes with big integers: 3 ms of the thread for P-256.
 * @param covered what `digest` is the digest of
 * @returns null for what is left to the library
 */
export const isRightOverCovered = (
  packet: SignaturePacket,
  digest: Uint8Array,
  covered: Uint8Array,
  key: PublicKeyPacket,
): Promise<boolean> | null => {
  const hash = hashes[packet.hashAlgorithm ?? -1]
  const native = hash === undefined ? null : nativeKeyOf(key)
  if (hash === undefined || native === null) return null
  // A digest that begins with zero: the library takes signatures by an old fault of its own, too.
  if (native.size !== null && digest[0] === 0) return null
  if (!isIssuedBy(packet, digest, key)) return Promise.resolve(false)
  const signature = signatureOf(packet, native)
  if (signature === null) return Promise.resolve(false)
  return new Promise((resolve) => {
    verify(hash, covered, { key: native.key, dsaEncoding: 'ieee-p1363' }, signature, (error, valid) =>
      resolve(error === null && valid),
    )
  })
}

const hashes: Partial<Record<number, string>> = {
  [enums.hash.sha256]: 'sha256',
  [enums.hash.sha384]: 'sha384',
  [enums.hash.sha512]: 'sha512',
}

interface NativeKey {
  readonly key: KeyObject
  /** Bytes of a number of the curve; null: RSA. */
  readonly size: number | null
  /** Bytes of a signature. */
  readonly length: number
}
/** By key packet; reading a key costs as much as a signature. null: left to the library. */
const nativeKeys = new WeakMap<PublicKeyPacket, NativeKey | null>()

const nativeKeyOf = (key: PublicKeyPacket): NativeKey | null => {
  const known = nativeKeys.get(key)
  if (known !== undefined) return known
  const read = nativeKeyIn(key)
  nativeKeys.set(key, read)
  return read
}

const curves: Partial<Record<string, { readonly crv: string; readonly size: number }>> = {
  [enums.curve.nistP256]: { crv: 'P-256', size: 32 },
  [enums.curve.nistP384]: { crv: 'P-384', size: 48 },
  [enums.curve.nistP521]: { crv: 'P-521', size: 66 },
}
const rsa: ReadonlySet<enums.publicKey> = new Set([enums.publicKey.rsaEncryptSign, enums.publicKey.rsaSign])

const nativeKeyIn = (key: PublicKeyPacket): NativeKey | null => {
  try {
    return rsa.has(key.algorithm) ? rsaKeyIn(key) : key.algorithm === enums.publicKey.ecdsa ? curveKeyIn(key) : null
  } catch {
    // No point of its curve, an exponent that nobody takes: the library's answer holds.
    return null
  }
}

const rsaKeyIn = (key: PublicKeyPacket): NativeKey => {
  const { n, e } = key.publicParams as { readonly n: Uint8Array; readonly e: Uint8Array }
  const jwk = { kty: 'RSA', n: toBase64url(n), e: toBase64url(e) }
  return { key: createPublicKey({ key: jwk, format: 'jwk' }), size: null, length: n.byteLength }
}

const curveKeyIn = (key: PublicKeyPacket): NativeKey | null => {
  const curve = curves[key.getAlgorithmInfo().curve ?? '']
  const { Q } = key.publicParams as { readonly Q: Uint8Array }
  if (curve === undefined || Q[0] !== 4 || Q.byteLength !== 2 * curve.size + 1) return null
  const [x, y] = [Q.subarray(1, curve.size + 1), Q.subarray(curve.size + 1)].map(toBase64url)
  const jwk = { kty: 'EC', crv: curve.crv, x, y } as { kty: string; crv: string; x: string; y: string }
  return { key: createPublicKey({ key: jwk, format: 'jwk' }), size: curve.size, length: 2 * curve.size }
}

/** Its numbers at their full width; null where one is wider. */
const signatureOf = (packet: SignaturePacket, { size, length }: NativeKey): Uint8Array | null => {
  const { params } = internalsOf(packet)
  const numbers = 'r' in params ? [params.r, params.s] : 's' in params ? [params.s] : []
  if (numbers.length !== (size === null ? 1 : 2)) return null
  const width = size ?? length
  const whole = new Uint8Array(length)
  for (const [nth, number] of numbers.entries()) {
    if (number.byteLength > width) return null
    whole.set(number, (nth + 1) * width - number.byteLength)
  }
  return whole
}
