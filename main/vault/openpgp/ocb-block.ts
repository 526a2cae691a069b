/** Arithmetic on blocks of 16 bytes for OCB: bytewise for the few, wordwise passes for the many. */

/** Multiplication by x in GF(2^128), most significant bit first (RFC 7253, `double`). */
export function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(16)
  let carry = 0
  for (let i = 15; i >= 0; i--) {
    const byte = block[i] ?? 0
    out[i] = (byte << 1) | carry
    carry = byte >>> 7
  }
  if (carry) out[15] = (out[15] ?? 0) ^ 0x87
  return out
}

/** @param value at least 1 */
export const trailingZeros = (value: number): number => 31 - Math.clz32(value & -value)

export function xorInto(target: Uint8Array, by: Uint8Array): void {
  for (let i = 0; i < 16; i++) target[i] = (target[i] ?? 0) ^ (by[i] ?? 0)
}

type Words = Int32Array

/** `to = from ^ table ^ first`, block by block. */
function mask(from: Words, table: Words, first: Words, to: Words, words: number): void {
  const [a, b, c, d] = first as unknown as readonly [number, number, number, number]
  for (let i = 0; i < words; i += 4) {
    to[i] = (from[i] as number) ^ (table[i] as number) ^ a
    to[i + 1] = (from[i + 1] as number) ^ (table[i + 1] as number) ^ b
    to[i + 2] = (from[i + 2] as number) ^ (table[i + 2] as number) ^ c
    to[i + 3] = (from[i + 3] as number) ^ (table[i + 3] as number) ^ d
  }
}

/** {@link mask}, with the sum of what went in. */
function maskSumming(from: Words, table: Words, first: Words, to: Words, words: number, sum: Words): void {
  const [a, b, c, d] = first as unknown as readonly [number, number, number, number]
  let [p, q, r, s] = [0, 0, 0, 0]
  for (let i = 0; i < words; i += 4) {
    const w = from[i] as number
    const x = from[i + 1] as number
    const y = from[i + 2] as number
    const z = from[i + 3] as number
    p ^= w
    q ^= x
    r ^= y
    s ^= z
    to[i] = w ^ (table[i] as number) ^ a
    to[i + 1] = x ^ (table[i + 1] as number) ^ b
    to[i + 2] = y ^ (table[i + 2] as number) ^ c
    to[i + 3] = z ^ (table[i + 3] as number) ^ d
  }
  sum.set([p, q, r, s])
}

/** {@link mask}, with the sum of what came out. */
function unmaskSumming(from: Words, table: Words, first: Words, to: Words, words: number, sum: Words): void {
  const [a, b, c, d] = first as unknown as readonly [number, number, number, number]
  let [p, q, r, s] = [0, 0, 0, 0]
  for (let i = 0; i < words; i += 4) {
    const w = (from[i] as number) ^ (table[i] as number) ^ a
    const x = (from[i + 1] as number) ^ (table[i + 1] as number) ^ b
    const y = (from[i + 2] as number) ^ (table[i + 2] as number) ^ c
    const z = (from[i + 3] as number) ^ (table[i + 3] as number) ^ d
    p ^= w
    q ^= x
    r ^= y
    s ^= z
    to[i] = w
    to[i + 1] = x
    to[i + 2] = y
    to[i + 3] = z
  }
  sum.set([p, q, r, s])
}

export const dot = { mask, maskSumming, unmaskSumming } as const
