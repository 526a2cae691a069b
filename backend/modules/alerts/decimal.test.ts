import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBeyond, measuredMillionths, millionthsOf, shownDecimal } from './decimal.ts'

describe('decimals', () => {
  it('meet their threshold exactly, whatever the float says', () => {
    expect(isBeyond(0.1 + 0.2, '0.3', true)).toBe(true)
    expect(isBeyond(0.1 + 0.2, '0.3', false)).toBe(true)
    expect(isBeyond(90, '90', true)).toBe(true)
    expect(isBeyond(89.999999, '90', true)).toBe(false)
    expect(isBeyond(-1.5, '-1.5', false)).toBe(true)
    expect(isBeyond(-1.4, '-1.5', false)).toBe(false)
    expect(isBeyond(Number.NaN, '0', true)).toBe(false)
    expect(isBeyond(Number.POSITIVE_INFINITY, '0', true)).toBe(false)
  })

  it('read the same from text and from number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 999_999 }), (whole, millionths) => {
        const text = `${whole}.${String(millionths).padStart(6, '0')}`
        expect(measuredMillionths(Number(text))).toBe(millionthsOf(text))
      }),
    )
  })

  it('are shown with two places at most', () => {
    expect(shownDecimal(92.456)).toBe('92.46')
    expect(shownDecimal(90)).toBe('90')
    expect(shownDecimal(1e21).length).toBeLessThanOrEqual(32)
  })
})
