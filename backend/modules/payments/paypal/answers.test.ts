import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minorOf, payPalValue } from './answers.ts'

describe("PayPal's amounts", () => {
  it('come back as they went, in as many decimals as the currency has', () => {
    const currency = fc.constantFrom('JPY', 'USD')
    fc.assert(
      fc.property(currency, fc.bigInt({ min: 0n, max: 999_999_999_999n }), (of, minor) => {
        const value = payPalValue(of, minor)
        expect(value).toMatch(of === 'JPY' ? /^\d+$/ : /^\d+\.\d\d$/)
        expect(minorOf(of, value)).toBe(minor)
        expect(minorOf(of, `-${value}`)).toBe(-minor)
      }),
    )
  })

  it('are nothing when they would have to be rounded, or are of another currency', () => {
    for (const [currency, value] of [
      ['JPY', '12.50'],
      ['USD', '0.001'],
      ['EUR', '1.00'],
      ['USD', '1e3'],
      ['USD', '１２'],
      ['USD', ''],
    ] as const) {
      expect({ value, minor: minorOf(currency, value) }).toEqual({ value, minor: undefined })
    }
    expect(minorOf('JPY', '1200.00')).toBe(1_200n)
  })
})
