import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromSortable, moneySchema, toSortable } from './money.ts'

const amount = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })

describe('money', () => {
  it('comes back from the wire as it was', () => {
    fc.assert(
      fc.property(amount, (minor) => {
        const wire = moneySchema.encode({ currency: 'JPY', minor })
        expect(moneySchema.decode(JSON.parse(JSON.stringify(wire)))).toEqual({ currency: 'JPY', minor })
      }),
    )
  })

  it.each(['-0', '01', '1.0', '1e3', ' 1', '', '+1', '１'])('refuses %j as an amount', (minor) => {
    expect(moneySchema.safeDecode({ currency: 'JPY', minor }).success).toBe(false)
  })

  it('sorts in columns as the numbers do', () => {
    fc.assert(
      fc.property(amount, amount, (one, other) => {
        expect(fromSortable(toSortable(one))).toBe(one)
        expect(toSortable(one) < toSortable(other)).toBe(one < other)
      }),
    )
    expect(() => toSortable(10n ** 38n)).toThrow(RangeError)
    expect(() => fromSortable('p1')).toThrow(RangeError)
  })
})
