import { Ocb } from './ocb.ts'

/** RFC 7253, appendix A: outcome of the iterated test for each key size with tags of 128 bits. */
export const iteratedVectors: readonly (readonly [number, string])[] = [
  [128, '67E944D23256C5E0B6C61FA22FDF1EA2'],
  [192, 'F673F2C3E7174AAE7BAE986CA9F29E17'],
  [256, 'D90EB8E9C977C88B79DD793D7FFA161C'],
]

const nonceOf = (value: number): Uint8Array => {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(value, 8)
  return nonce
}

/** Seals 384 messages of 0 to 127 bytes and then all of that as associated data: 32 hexadecimal digits of a tag. */
export function iteratedVector(bits: number): string {
  const key = new Uint8Array(bits / 8)
  key[key.length - 1] = 128
  const ocb = new Ocb(key)
  const none = new Uint8Array(0)
  const sealed: Uint8Array[] = []
  for (let i = 0; i < 128; i++) {
    const zeros = new Uint8Array(i)
    sealed.push(ocb.seal(zeros, nonceOf(3 * i + 1), zeros))
    sealed.push(ocb.seal(zeros, nonceOf(3 * i + 2), none))
    sealed.push(ocb.seal(none, nonceOf(3 * i + 3), zeros))
  }
  return Buffer.from(ocb.seal(none, nonceOf(385), Buffer.concat(sealed)))
    .toString('hex')
    .toUpperCase()
}
