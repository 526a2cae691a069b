import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sha256, sha256Text } from './bytes.ts'

it('hashes parts as one, however many and however large', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.nat(70_000).map((length) => new Uint8Array(length).fill(length)),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const expected = createHash('sha256').update(Buffer.concat(parts)).digest()
      expect(Buffer.from(sha256(...parts))).toEqual(expected)
      expect(sha256Text(...parts)).toBe(expected.toString('base64url'))
    }),
  )
})
