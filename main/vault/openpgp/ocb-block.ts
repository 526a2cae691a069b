/** Arithmetic on single blocks of 16 bytes, for OCB and EAX. */

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
