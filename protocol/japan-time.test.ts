import fc from 'fast-check'
import { expect, test } from 'vitest'
import { japanTime, namedMinute, namedTime } from './japan-time.ts'

const format = new Intl.DateTimeFormat('ja-JP', {
  ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  ...{ hourCycle: 'h23', timeZone: 'Asia/Tokyo' },
})

test('Japan’s time is what its zone says, of any moment since its last summer time', () => {
  const [first, last] = [Date.parse('1952-01-01T00:00:00Z'), Date.parse('9999-12-31T14:59:59Z')]
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (at) => {
      expect(japanTime(at)).toBe(format.format(at))
    }),
  )
})

test('it is named where the reader may be anywhere', () => {
  const at = Date.parse('2026-11-20T15:04:05Z')
  expect([namedTime(at), namedMinute(at)]).toEqual(['2026/11/21 00:04:05 JST', '2026/11/21 00:04 JST'])
})
