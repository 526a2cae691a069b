import { hash, timingSafeEqual } from 'node:crypto'
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

/** SHA-256 over the parts as one. */
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts
  const whole = parts.length === 1 && only ? only : Buffer.concat(parts)
  // One call: for the small things that are hashed here, making a hash object costs more than hashing.
  return new Uint8Array(hash('sha256', whole, 'buffer'))
}

/** Constant time for equal lengths. */
export const equalBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && timingSafeEqual(one, other)

const encoder = new TextEncoder()
export const utf8 = (text: string): Uint8Array => encoder.encode(text)
