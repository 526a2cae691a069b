import { randomBytes, webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unwrapKey, wrapKey } from './aes-key-wrap.ts'

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const counting = (length: number): string => Buffer.from(Array.from({ length }, (_, i) => i)).toString('hex')
const data = '00112233445566778899aabbccddeeff'

/** RFC 3394, section 4: bits of the wrapping key, key, wrapped. */
const vectors = [
  [16, data, '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5'],
  [24, data, '96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d'],
  [32, data, '64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7'],
  [24, `${data}0001020304050607`, '031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2'],
  [32, `${data}0001020304050607`, 'a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1'],
  [
    32,
    `${data}000102030405060708090a0b0c0d0e0f`,
    '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21',
  ],
] as const

test.each(vectors)('RFC 3394 under %i bytes: %s', (bytes, key, wrapped) => {
  const wrapping = hex(counting(bytes))
  expect(Buffer.from(wrapKey(wrapping, hex(key))).toString('hex')).toBe(wrapped)
  expect(Buffer.from(unwrapKey(wrapping, hex(wrapped)) ?? []).toString('hex')).toBe(key)
})

test('any key, as WebCrypto wraps it; with any bit changed there is none', async () => {
  const { subtle } = webcrypto
  const some = fc.record({
    wrapping: fc.constantFrom(16, 24, 32).map((bytes) => new Uint8Array(randomBytes(bytes))),
    key: fc.integer({ min: 2, max: 16 }).map((blocks) => new Uint8Array(randomBytes(blocks * 8))),
    flipped: fc.nat(),
  })
  await fc.assert(
    fc.asyncProperty(some, async ({ wrapping, key, flipped }) => {
      const outer = await subtle.importKey('raw', wrapping, 'AES-KW', false, ['wrapKey'])
      const inner = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])
      const wrapped = wrapKey(wrapping, key)
      expect(wrapped).toEqual(new Uint8Array(await subtle.wrapKey('raw', inner, outer, 'AES-KW')))
      expect(unwrapKey(wrapping, wrapped)).toEqual(key)
      const bit = flipped % (wrapped.byteLength * 8)
      wrapped[bit >>> 3] = (wrapped[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
      expect(unwrapKey(wrapping, wrapped)).toBeNull()
    }),
  )
})

test.each([0, 8, 16, 23, 25])('%i bytes are nothing wrapped', (length) => {
  expect(unwrapKey(randomBytes(16), randomBytes(length))).toBeNull()
})
