import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto'

/**
 * AES Key Wrap (RFC 3394), whose cipher Electron's library has under no name. WebCrypto has it, but takes three jobs on
 * other threads for these two dozen blocks.
 */

const start = Buffer.alloc(8, 0xa6)
const rounds = 6

/**
 * @param wrapping AES key of 16, 24 or 32 bytes
 * @param key a multiple of 8 bytes, at least 16
 * @returns 8 bytes more than `key`
 */
export function wrapKey(wrapping: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv(ecb(wrapping), wrapping, null).setAutoPadding(false)
  const out = Buffer.concat([start, key])
  const block = Buffer.alloc(16)
  const last = key.byteLength / 8
  for (let step = 1; step <= rounds * last; step++) {
    const at = (((step - 1) % last) + 1) * 8
    out.copy(block, 0, 0, 8)
    out.copy(block, 8, at, at + 8)
    const made = cipher.update(block)
    counted(made, step)
    made.copy(out, 0, 0, 8)
    made.copy(out, at, 8)
  }
  return new Uint8Array(out)
}

/** @returns null where it was not wrapped under this key */
export function unwrapKey(wrapping: Uint8Array, wrapped: Uint8Array): Uint8Array | null {
  const last = wrapped.byteLength / 8 - 1
  if (!Number.isInteger(last) || last < 2) return null
  const cipher = createDecipheriv(ecb(wrapping), wrapping, null).setAutoPadding(false)
  const out = Buffer.from(wrapped)
  const block = Buffer.alloc(16)
  for (let step = rounds * last; step > 0; step--) {
    const at = (((step - 1) % last) + 1) * 8
    out.copy(block, 0, 0, 8)
    counted(block, step)
    out.copy(block, 8, at, at + 8)
    const made = cipher.update(block)
    made.copy(out, 0, 0, 8)
    made.copy(out, at, 8)
  }
  if (timingSafeEqual(out.subarray(0, 8), start)) return new Uint8Array(out.subarray(8))
  out.fill(0)
  return null
}

const ecb = (key: Uint8Array): string => `aes-${key.byteLength * 8}-ecb`

/** Adds the step's number to the first half; below 2^32 for any key that there is. */
function counted(block: Buffer, step: number): void {
  block.writeUInt32BE((block.readUInt32BE(4) ^ step) >>> 0, 4)
}
