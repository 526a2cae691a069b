import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { boxKeyOf, openInBackend, sealToBackend } from './to-backend.ts'

const secret = new Uint8Array(randomBytes(32))
const place = 'payments paypal clientSecret'
const refused = expect.objectContaining({ code: 'sealed.tampered' })

it('opens what was sealed for it, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 1_024, unit: 'grapheme' }), (text) => {
      expect(openInBackend(secret, place, sealToBackend(boxKeyOf(secret), place, text))).toBe(text)
    }),
    { numRuns: 50 },
  )
})

it('tells neither the text nor its length, and never looks the same twice', () => {
  const boxes = ['a', 'a', 'abcdefghij'].map((text) => sealToBackend(boxKeyOf(secret), place, text))
  expect(new Set(boxes).size).toBe(3)
  expect(new Set(boxes.map(({ length }) => length)).size).toBe(1)
})

it('opens nowhere else, under no other key, and not when it was changed', () => {
  const box = sealToBackend(boxKeyOf(secret), place, 'key')
  expect(() => openInBackend(new Uint8Array(randomBytes(32)), place, box)).toThrow(refused)
  expect(() => openInBackend(secret, 'payments paypal webhookSecret', box)).toThrow(refused)
  fc.assert(
    fc.property(fc.nat(fromBase64url(box).byteLength - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const bytes = fromBase64url(box)
      // The last bit of a public key is no part of it (RFC 7748, 5).
      fc.pre(at !== 31 || bit !== 7)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
      expect(() => openInBackend(secret, place, toBase64url(bytes))).toThrow(refused)
    }),
    { numRuns: 100 },
  )
  for (const short of ['', 'AAAA', box.slice(0, 40)]) expect(() => openInBackend(secret, place, short)).toThrow(refused)
})
