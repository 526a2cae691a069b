import { LibralError } from '#protocol/errors.ts'
import type { SignatureParameters } from '#trust/openpgp/internals.ts'
import type { ExternalSignature } from './external-key.ts'

/** `size` bytes, zeros in front. */
const padded = (number: Uint8Array, size: number): Uint8Array => {
  const bare = stripped(number)
  const out = new Uint8Array(size)
  out.set(bare, size - bare.length)
  return out
}

/** Without leading zeros, as OpenPGP's multiprecision integers are written. */
export const stripped = (number: Uint8Array): Uint8Array => {
  const first = number.findIndex((byte) => byte !== 0)
  return new Uint8Array(first < 0 ? number.subarray(number.length - 1) : number.subarray(first))
}

/** A signature's numbers in the form that OpenPGP's algorithm wants. */
export const signatureParameters = (algorithm: number, { r, s }: ExternalSignature): SignatureParameters => {
  if (algorithm === 1 || algorithm === 3) return { s: stripped(s) }
  if (r === null) throw new LibralError('hardware.protocol')
  if (algorithm === 22) return { r: padded(r, 32), s: padded(s, 32) }
  if (algorithm === 27) return { RS: new Uint8Array([...padded(r, 32), ...padded(s, 32)]) }
  return { r: stripped(r), s: stripped(s) }
}
