import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkDigitOf,
  isCorporateNumber,
  isReduced,
  registrationPattern,
  roundedShare,
  roundings,
  taxByRate,
} from './payments-tax.ts'

const lines = fc.array(
  fc.record({ rate: fc.constantFrom(10, 8, 0), minor: fc.bigInt({ min: 1n, max: 999_999_999n }) }),
  { minLength: 1, maxLength: 20 },
)

describe('the tax of a document', () => {
  it('is rounded once: three times 105 yen at 10 % is 31, and not three times 10', () => {
    expect(roundedShare(315n * 10n, 100n, 'floor')).toBe(31n)
    expect(roundedShare(105n * 10n, 100n, 'floor') * 3n).toBe(30n)
    // The same for prices that include it: 28.6 of 315, and 9.5 of each 105.
    const three = Array.from({ length: 3 }, () => ({ rate: 10, minor: 105n }))
    expect(roundings.map((rounding) => taxByRate(three, rounding)[0]?.tax)).toEqual([28n, 29n, 29n])
  })

  it.each([
    [5n, 10n, [0n, 1n, 1n]],
    [4n, 10n, [0n, 0n, 1n]],
    [10n, 10n, [1n, 1n, 1n]],
    [0n, 110n, [0n, 0n, 0n]],
  ] as const)('rounds %s/%s down, half up and up', (over, under, expected) => {
    expect(roundings.map((rounding) => roundedShare(over, under, rounding))).toEqual(expected)
  })

  it('adds up, for every rate once, whatever the order of lines', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom(...roundings), (all, rounding) => {
        const sums = taxByRate(all, rounding)
        expect(sums.map(({ rate }) => rate)).toEqual([...new Set(all.map(({ rate }) => rate))].sort((a, b) => b - a))
        expect(sums.reduce((total, { gross }) => total + gross, 0n)).toBe(
          all.reduce((total, { minor }) => total + minor, 0n),
        )
        for (const { rate, gross, net, tax } of sums) {
          expect(net + tax).toBe(gross)
          // Less than one yen from the exact tax, on the side that the rule says.
          const over = tax * BigInt(100 + rate) - gross * BigInt(rate)
          const one = BigInt(100 + rate)
          if (rounding === 'floor') expect(over <= 0n && over > -one).toBe(true)
          else if (rounding === 'ceil') expect(over >= 0n && over < one).toBe(true)
          else expect(over * 2n <= one && over * 2n > -one).toBe(true)
        }
        expect(taxByRate(all.toReversed(), rounding)).toEqual(sums)
        // How the sum is cut into lines changes nothing.
        const whole = sums.map(({ rate, gross }) => ({ rate, minor: gross }))
        expect(taxByRate(whole, rounding)).toEqual(sums)
      }),
    )
  })

  it('knows which rate is the reduced one', () => {
    expect([10, 8, 0, 5].map(isReduced)).toEqual([false, true, false, false])
  })
})

describe('a registration number', () => {
  it.each(['T7123456789012', 'T4011001098993', 'T7000012050002'])('%s is a corporation’s', (number) => {
    expect(isCorporateNumber(number)).toBe(true)
  })
  it.each(['T1234567890123', '7123456789012', 'T712345678901', 'T71234567890122', 't7123456789012', 'Ｔ7123456789012'])(
    '%s is not',
    (number) => {
      expect(isCorporateNumber(number)).toBe(false)
    },
  )
  it('has exactly one right first digit, and finds every single wrong digit but those that differ by nine', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{12}$/), fc.nat(11), fc.integer({ min: 1, max: 9 }), (twelve, at, by) => {
        const digit = checkDigitOf(twelve)
        expect(digit).toBeGreaterThanOrEqual(1)
        expect(registrationPattern.test(`T${digit}${twelve}`)).toBe(true)
        const wrong = String((Number(twelve[at]) + by) % 10)
        const other = `${twelve.slice(0, at)}${wrong}${twelve.slice(at + 1)}`
        const same = Math.abs(Number(wrong) - Number(twelve[at])) === 9
        expect(isCorporateNumber(`T${digit}${other}`)).toBe(same)
      }),
    )
  })
})
