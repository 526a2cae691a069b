import { createHash, hash, timingSafeEqual } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'

/** Base64url without padding, as every digest, key and signature travels. */
export const toBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** @throws LibralError `input.invalid` for anything that {@link toBase64url} would not have written */
export const fromBase64url = (text: string): Uint8Array => {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new LibralError('input.invalid', { field: 'base64url' })
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Where small parts are put together; it is read before anything else runs. */
const together = Buffer.allocUnsafeSlow(64 * 1024)

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts
  if (parts.length === 1 && only) return only
  let length = 0
  for (const part of parts) {
    together.set(part, length)
    length += part.byteLength
  }
  return together.subarray(0, length)
}
const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { byteLength }) => sum + byteLength, 0)

/** SHA-256 over the parts as one. */
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  if (sizeOf(parts) > together.byteLength) {
    const large = createHash('sha256')
    for (const part of parts) large.update(part)
    return new Uint8Array(large.digest())
  }
  // One call, answered as a text: a hash object, or a Buffer for 32 bytes, takes longer to make than small things to hash.
  const text = hash('sha256', joined(parts), 'binary')
  const digest = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) digest[at] = text.charCodeAt(at)
  return digest
}

/** The same in base64url. */
export const sha256Text = (...parts: readonly Uint8Array[]): string =>
  sizeOf(parts) > together.byteLength ? toBase64url(sha256(...parts)) : hash('sha256', joined(parts), 'base64url')

/** Constant time for equal lengths. */
export const equalBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && timingSafeEqual(one, other)

const encoder = new TextEncoder()
export const utf8 = (text: string): Uint8Array => encoder.encode(text)
