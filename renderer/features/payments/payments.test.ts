import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paymentCurrencies, providers } from '#protocol/payments.ts'
import { paymentStates } from '#protocol/payments-life.ts'
import { dayNumber, dayPlus, daysBetween, jstDay, monthsBetween, slashedDay } from './business-days.ts'
import {
  isNarrowed,
  noFilter,
  type PaymentFilter,
  parseFilter,
  printFilter,
  queryOf,
  spanNames,
} from './payment-filter.ts'

const now = Date.parse('2026-11-21T16:00:00Z')

describe('business days', () => {
  it('begin at midnight in Japan', () => {
    expect(jstDay(Date.parse('2026-11-21T14:59:59Z'))).toBe('2026-11-21')
    expect(jstDay(Date.parse('2026-11-21T15:00:00Z'))).toBe('2026-11-22')
  })

  it('are only days that there are', () => {
    expect(dayNumber('2026-02-28')).toBe(20_260_228)
    for (const wrong of ['2026-02-29', '2026-13-01', '26-1-1', '', 'x']) expect(dayNumber(wrong)).toBeNull()
  })

  it('are written with slashes, however they came', () => {
    expect([slashedDay(20_260_131), slashedDay('2026-01-31')]).toEqual(['2026/01/31', '2026/01/31'])
  })

  it('are listed over the ends of months and years', () => {
    expect(daysBetween('2026-12-31', '2027-01-01', 64)).toEqual([20_261_231, 20_270_101])
    expect(daysBetween('2026-01-01', '2026-12-31', 64)).toBeNull()
    expect(daysBetween('2026-01-02', '2026-01-01', 64)).toEqual([0])
    expect(monthsBetween('2026-11-30', '2027-01-01', 64)).toEqual([202_701, 202_612, 202_611])
    expect(monthsBetween('', '2026-11-30', 2)).toEqual([202_611, 202_610])
  })
})

const dayOf = fc.integer({ min: -400, max: 400 }).map((days) => dayPlus('2026-11-21', days))
const filters: fc.Arbitrary<PaymentFilter> = fc
  .record({
    providers: fc.subarray([...providers]),
    states: fc.subarray([...paymentStates]),
    merchants: fc.subarray(['main', 'tokyo']),
    currency: fc.option(fc.constantFrom(...paymentCurrencies)),
    least: fc.option(fc.nat(100_000)),
    most: fc.option(fc.nat(100_000)),
    span: fc.option(fc.constantFrom(...spanNames)),
    from: fc.oneof(fc.constant(''), dayOf),
    to: fc.oneof(fc.constant(''), dayOf),
    cases: fc.boolean(),
    payer: fc.constantFrom('', 'abcdefghijklmnopqrstuvwx27'),
    last4: fc.constantFrom('', '1234', '9Z'),
    text: fc.constantFrom('', '会員証', '1,234'),
    oldestFirst: fc.boolean(),
  })
  .map((filter) => (filter.currency === null ? { ...filter, least: null, most: null } : filter))
  .map((filter) => (filter.span === null ? filter : { ...filter, from: '', to: '' }))

describe('filter of payments', () => {
  it('goes through the address and back', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(printFilter(filter))).toEqual(filter)
      }),
    )
    expect(isNarrowed({ ...noFilter, oldestFirst: true })).toBe(false)
    expect(parseFilter('provider=visa&state=paid&least=5&from=2026-02-30&currency=EUR')).toEqual(noFilter)
  })

  it('means today by 今日, on whatever day it is chosen again', () => {
    const saved = parseFilter(printFilter({ ...noFilter, span: 'today' }))
    const rangeAt = (day: string) => queryOf(saved, Date.parse(`${day}T12:00:00+09:00`)).filter.range
    expect(rangeAt('2026-11-30')).toEqual({ field: 'day', from: 20_261_130, to: 20_261_131 })
    expect(rangeAt('2026-12-01')).toEqual({ field: 'day', from: 20_261_201, to: 20_261_202 })
    const last = queryOf({ ...noFilter, span: 'lastMonth' }, Date.parse('2026-12-01T00:00:00+09:00'))
    expect(last.filter.range).toEqual({ field: 'day', from: 20_261_101, to: 20_261_131 })
  })

  it('finds an amount as a screen writes it', () => {
    const textOf = (text: string) => queryOf({ ...noFilter, text }, 0).filter.text
    for (const shown of ['￥1,480', '¥1,480', '1,480円', ' 1,480 JPY ']) expect(textOf(shown)).toBe('1,480')
    expect(['$48.00', '500 Stars', '48.00米ドル'].map(textOf)).toEqual(['48.00', '500', '48.00'])
    for (const other of ['円高', 'T-shirt $5', '会員証 500円', 'stars']) expect(textOf(other)).toBe(other)
  })

  it('asks at most what a query takes', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const { where } = queryOf(filter, now).filter
        for (const values of Object.values(where)) {
          expect(values.length).toBeGreaterThan(0)
          expect(values.length).toBeLessThanOrEqual(64)
        }
      }),
    )
  })

  it('has days as the range, and beside amounts as values', () => {
    const days = { ...noFilter, from: '2026-11-01', to: '2026-11-21' }
    expect(queryOf(days, now).filter).toMatchObject({
      where: {},
      range: { field: 'day', from: 20_261_101, to: 20_261_122 },
    })
    const both = queryOf({ ...days, currency: 'JPY', least: 1_000, most: 5_000 }, now)
    expect(both.widened).toBe(false)
    expect(both.filter).toMatchObject({ range: { field: 'amount', from: 1_000, to: 5_001 } })
    expect(both.filter.where['day']).toHaveLength(21)
    const long = queryOf({ ...days, from: '2026-01-15', currency: 'JPY', least: 1 }, now)
    expect(long.widened).toBe(true)
    expect(long.filter.where['month']).toHaveLength(11)
  })
})
