import { createHash } from 'node:crypto'
import type { ChunkCipher } from './aead.ts'
import type { Sealed } from './ocb.ts'

/** Makes the cipher under a key: the one that is judged. */
export type MakeCipher = (key: Uint8Array) => ChunkCipher

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
export function iteratedVector(bits: number, make: MakeCipher): string {
  const key = new Uint8Array(bits / 8)
  key[key.length - 1] = 128
  const ocb = make(key)
  const none = new Uint8Array(0)
  const sealed: Uint8Array[] = []
  const add = ({ data, tag }: Sealed): void => void sealed.push(data, tag)
  for (let i = 0; i < 128; i++) {
    const zeros = new Uint8Array(i)
    add(ocb.seal(zeros, nonceOf(3 * i + 1), zeros))
    add(ocb.seal(zeros, nonceOf(3 * i + 2), none))
    add(ocb.seal(none, nonceOf(3 * i + 3), zeros))
  }
  const { tag } = ocb.seal(none, nonceOf(385), Buffer.concat(sealed))
  return Buffer.from(tag).toString('hex').toUpperCase()
}

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251)

/** A whole chunk and five bytes, as messages have them: SHA-256 of the ciphertext and tag, made with OpenSSL 3.5. */
const chunk = {
  sha256: '546c77db93b54ed21508767fdf5dbd21668f4c8136aab604024078159d994c8b',
  tag: 'f8c42a4d2e98671ee6dbf62dd5424f47',
}

/** Seals a whole chunk, opens it, and has to refuse it with one bit changed. */
function chunkHolds(make: MakeCipher): boolean {
  const [ocb, plain, nonce] = [make(counting(32)), counting(2 ** 18 + 5), counting(15)]
  const associated = Uint8Array.of(0xd2, 2, 9, 2, 12)
  const { data, tag } = ocb.seal(plain, nonce, associated)
  const sealed = Buffer.concat([data, tag])
  const opened = ocb.open(sealed, nonce, associated)
  if (createHash('sha256').update(data).digest('hex') !== chunk.sha256) return false
  if (Buffer.from(tag).toString('hex') !== chunk.tag) return false
  if (opened === null || !Buffer.from(opened).equals(plain)) return false
  sealed[sealed.byteLength >>> 1] = (sealed[sealed.byteLength >>> 1] ?? 0) ^ 1
  return ocb.open(sealed, nonce, associated) === null
}

/** Whether every known answer comes out; some ten milliseconds. */
export function holds(make: MakeCipher): boolean {
  try {
    return iteratedVectors.every(([bits, tag]) => iteratedVector(bits, make) === tag) && chunkHolds(make)
  } catch {
    return false
  }
}
