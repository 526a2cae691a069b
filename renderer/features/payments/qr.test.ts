import fc from 'fast-check'
import jsQR from 'jsqr'
import { expect, test } from 'vitest'
import { qrPath } from './qr.ts'

const scale = 3

/** Draws the path as a screen would, and reads it as a telephone would. */
const read = (text: string): string | undefined => {
  const { size, path } = qrPath(text)
  const width = size * scale
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255)
  for (const [, x = '0', y = '0'] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let dy = 0; dy < scale; dy += 1) {
      const from = ((Number(y) * scale + dy) * width + Number(x) * scale) * 4
      for (let at = from; at < from + scale * 4; at += 4) pixels.fill(0, at, at + 3)
    }
  }
  return jsQR(pixels, width, width)?.data
}

test('a reader finds in the QR code what was put into it', () => {
  for (const link of [
    'https://qr.paypay.example/28180104K9wnWKLUgDGkJ2uo',
    'https://www.paypal.com/checkoutnow?token=5O190127TN364715T',
    `https://t.me/$${'A'.repeat(120)}`,
  ])
    expect(read(link)).toBe(link)
})

test('of any length that a link has', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^https:\/\/[a-z0-9/?=&._-]{1,300}$/), (link) => {
      expect(read(link)).toBe(link)
    }),
    { numRuns: 15 },
  )
})
