import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ocb } from './ocb.ts'
import { iteratedVector, iteratedVectors } from './ocb-vectors.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

function sealedBy(ocb: Ocb, plain: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Buffer {
  const { data, tag } = ocb.seal(plain, nonce, associated)
  return Buffer.concat([data, tag])
}

// RFC 7253, appendix A: nonce's last byte, associated data, plaintext, sealed.
const ramp = (length: number): string => Buffer.from(Array.from({ length }, (_, i) => i)).toString('hex')
const vectors: readonly (readonly [string, string, string, string])[] = [
  ['00', '', '', '785407BFFFC8AD9EDCC5520AC9111EE6'],
  ['01', ramp(8), ramp(8), '6820B3657B6F615A5725BDA0D3B4EB3A257C9AF1F8F03009'],
  ['02', ramp(8), '', '81017F8203F081277152FADE694A0A00'],
  ['03', '', ramp(8), '45DD69F8F5AAE72414054CD1F35D82760B2CD00D2F99BFA9'],
  ['04', ramp(16), ramp(16), '571D535B60B277188BE5147170A9A22C3AD7A4FF3835B8C5701C1CCEC8FC3358'],
]

test.each(vectors)('RFC 7253 vector %s', (last, associated, plain, sealed) => {
  const ocb = new Ocb(hex(ramp(16)))
  const nonce = hex(`BBAA998877665544332211${last}`)
  expect(sealedBy(ocb, hex(plain), nonce, hex(associated))).toEqual(hex(sealed))
  expect(Buffer.from(ocb.open(hex(sealed), nonce, hex(associated)) ?? [1])).toEqual(hex(plain))
})

test.each(iteratedVectors)('RFC 7253 iterated vector, %i bits', (bits, output) => {
  expect(iteratedVector(bits, (key) => new Ocb(key))).toBe(output)
})

/** OpenSSL's own OCB, which Node has and Electron lacks. */
function reference(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Buffer {
  const bits = (key.byteLength * 8) as 128 | 192 | 256
  const cipher = createCipheriv(`aes-${bits}-ocb`, key, nonce, { authTagLength: 16 })
  cipher.setAAD(associated, { plaintextLength: plain.byteLength })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

const seed = Number(process.env['LIBRAL_SEED'] ?? Date.now() % 2 ** 31)

test('equals OpenSSL for any key, nonce, data and length, and refuses any flipped bit', () => {
  const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })
  const key = fc.oneof(bytes(16, 16), bytes(24, 24), bytes(32, 32))
  fc.assert(
    fc.property(key, bytes(15, 15), bytes(0, 70), bytes(0, 600), fc.nat(), (k, nonce, associated, plain, flip) => {
      const ocb = new Ocb(k)
      const sealed = sealedBy(ocb, plain, nonce, associated)
      expect(sealed).toEqual(reference(k, nonce, associated, plain))
      expect(Buffer.from(ocb.open(sealed, nonce, associated) ?? [])).toEqual(Buffer.from(plain))
      const at = flip % (sealed.byteLength * 8)
      sealed[at >>> 3] = (sealed[at >>> 3] ?? 0) ^ (1 << (at & 7))
      expect(ocb.open(sealed, nonce, associated)).toBeNull()
    }),
    { numRuns: 1000, seed },
  )
})

test('equals OpenSSL over whole chunks, also from an odd place in memory', () => {
  const key = randomBytes(32)
  const ocb = new Ocb(key)
  for (const length of [2 ** 18, 2 ** 18 + 1, 3 * 2 ** 18 - 7, 64, 2 ** 22]) {
    const [nonce, plain] = [randomBytes(15), randomBytes(length + 1).subarray(1)]
    expect(sealedBy(ocb, plain, nonce, key).equals(reference(key, nonce, key, plain))).toBe(true)
  }
})
