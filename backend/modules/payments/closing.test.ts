import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaymentId } from '#protocol/payments.ts'
import type { MovementRow } from '#protocol/payments-closings.ts'
import { businessDay, dayAfter, dayBefore, endOfDay } from './business-day.ts'
import { type ClosingLine, compareDay, dueDays, edgeMs } from './closing.ts'

const day = 20251113
const end = endOfDay(day)
const noon = end - 12 * 3_600_000
const minute = 60_000
const payment = (n: number) => `01939f0e-0000-7000-8000-${String(n).padStart(12, '0')}` as PaymentId

const moved = (id: string, over: Partial<MovementRow> = {}): MovementRow => {
  const usual = { provider: 'paypay', kind: 'capture', payment: payment(1), currency: 'JPY', minor: '1000' } as const
  const row = { ...usual, id, fee: null, at: noon, bookedAt: noon + minute, ...over }
  return { ...row, day: businessDay(row.at), key: id }
}
/** As the provider has it. */
const lineOf = ({ kind, id, payment: of, currency, minor, fee, at }: MovementRow): ClosingLine => ({
  ...{ kind, id, payment: of, at, amount: { currency, minor: BigInt(minor) } },
  fee: fee === null ? null : { currency, minor: BigInt(fee) },
})
const compared = (lines: readonly ClosingLine[], booked: readonly MovementRow[], carried: readonly string[] = []) =>
  compareDay({ day, lines, booked, carriedBefore: new Set(carried) })

describe('a day of a provider, held against the books', () => {
  it('agrees with its own mirror', () => {
    const booked = [moved('c1', { fee: '36' }), moved('r1', { kind: 'refund', minor: '300' }), moved('c2')]
    expect(compared(booked.map(lineOf), booked)).toEqual({
      counts: { matched: 3, late: 0, differs: 0, missingHere: 0, missingThere: 0, carried: 0, apart: 0 },
      sums: [{ currency: 'JPY', theirsIn: '2000', theirsOut: '300', oursIn: '2000', oursOut: '300' }],
      ...{ found: [], carried: [] },
    })
  })

  it('tells what is missing on either side, and what differs in amount, currency or fee', () => {
    const booked = [
      moved('c1'),
      moved('c2', { payment: payment(2), fee: '36' }),
      moved('c3', { payment: payment(3), fee: '36' }),
      moved('c4', { payment: payment(4) }),
    ]
    const lines = [
      { ...lineOf(moved('c2', { payment: payment(2) })), amount: { currency: 'JPY', minor: 1_200n } as const },
      { ...lineOf(moved('c3', { payment: payment(3) })), fee: { currency: 'JPY', minor: 40n } as const },
      { ...lineOf(moved('c4', { payment: payment(4) })), amount: { currency: 'USD', minor: 1_000n } as const },
      { ...lineOf(moved('r9', { kind: 'refund', minor: '300' })), payment: null },
    ]
    const { found, counts } = compared(lines, booked)
    expect(found).toEqual([
      { kind: 'missing-here', about: 'r9', payment: '', theirs: 'refund 300 JPY', ours: '' },
      { kind: 'missing-there', about: 'c1', payment: payment(1), theirs: '', ours: 'capture 1,000 JPY' },
      { kind: 'statement-differs', about: 'c2', payment: payment(2), theirs: '1,200 JPY', ours: '1,000 JPY' },
      { kind: 'statement-differs', about: 'c3', payment: payment(3), theirs: 'fee 40 JPY', ours: 'fee 36 JPY' },
      { kind: 'statement-differs', about: 'c4', payment: payment(4), theirs: '10.00 USD', ours: '1,000 JPY' },
    ])
    expect(counts).toMatchObject({ matched: 0, differs: 3, missingHere: 1, missingThere: 1 })
  })

  it('finds a refund by its payment where the provider gives it the payment’s number', () => {
    const booked = [moved('c1'), moved('act-1', { kind: 'refund', minor: '300' })]
    const lines = [lineOf(moved('c1')), lineOf(moved('c1', { kind: 'refund', minor: '300' }))]
    expect(compared(lines, booked).counts).toMatchObject({ matched: 2, missingHere: 0, missingThere: 0 })
  })

  it('counts a line that stands twice once', () => {
    const { found, counts } = compared([lineOf(moved('c1')), lineOf(moved('c1')), lineOf(moved('c1'))], [moved('c1')])
    expect(counts).toMatchObject({ matched: 1, missingHere: 2 })
    expect(found.map(({ about }) => about)).toEqual(['c1', 'c1#2'])
  })

  it('leaves the last minutes of a day to the next one, and that one has to have them', () => {
    const last = moved('c1', { at: end - minute })
    const today = compared([], [last])
    expect(today).toMatchObject({ found: [], carried: ['c1'], counts: { carried: 1, missingThere: 0 } })
    const next = (lines: readonly ClosingLine[], carriedBefore: readonly string[]) =>
      compareDay({ day: dayAfter(day), lines, booked: [last], carriedBefore: new Set(carriedBefore) })
    const line = { ...lineOf(last), at: end + minute }
    expect(next([line], ['c1'])).toMatchObject({ found: [], counts: { matched: 1 } })
    expect(next([], ['c1'])).toMatchObject({ found: [{ kind: 'missing-there', about: 'c1' }] })
    // The provider had it on its own day: nothing is asked of the next.
    expect(next([], [])).toMatchObject({ found: [], counts: { missingThere: 0 } })
  })

  it('tells what was booked on a later day', () => {
    const booked = [moved('c1', { bookedAt: end + edgeMs }), moved('c2', { at: end - 1, bookedAt: end + edgeMs - 1 })]
    expect(compared(booked.map(lineOf), booked)).toMatchObject({
      found: [{ kind: 'booked-late', about: 'c1', theirs: '2025-11-13 12:00', ours: '2025-11-14 00:10' }],
      counts: { matched: 1, late: 1 },
    })
  })

  it('keeps apart what is no payment, and asks no dispute of an account that has none', () => {
    const lines = (['fee', 'payout', 'other'] as const).map((kind) => ({ ...lineOf(moved('x')), kind }))
    const booked = [moved('d1', { kind: 'dispute' })]
    expect(compared(lines, booked)).toMatchObject({ found: [], sums: [], counts: { apart: 3, missingThere: 0 } })
  })
})

/** What happened to each thing on its way into the two books. */
const thing = fc.record({
  n: fc.nat(5),
  kind: fc.constantFrom('capture' as const, 'refund' as const),
  minor: fc.integer({ min: 1, max: 3 }),
  at: fc.integer({ min: end - 86_400_000, max: end - 1 }),
  late: fc.boolean(),
  fate: fc.constantFrom('both', 'both', 'here', 'there', 'more', 'other-id'),
})
const sides = (things: readonly (typeof thing extends fc.Arbitrary<infer T> ? T : never)[]) => {
  const all = things.map(({ n, kind, minor, at, late, fate }, nth) => ({
    fate,
    row: moved(`id${nth}`, {
      ...{ kind, payment: payment(n), minor: String(minor), at, bookedAt: late ? end + edgeMs : at },
    }),
  }))
  const booked = all.flatMap(({ fate, row }) => (fate === 'there' ? [] : [row]))
  const lines = all.flatMap(({ fate, row }) => {
    if (fate === 'here') return []
    const line = lineOf(row)
    if (fate === 'more') return [{ ...line, amount: { ...line.amount, minor: line.amount.minor + 1_000n } }]
    return [fate === 'other-id' ? { ...line, id: `their-${line.id}` } : line]
  })
  return { booked, lines }
}
const many = fc.array(thing, { maxLength: 12 }).map(sides)

describe('any two books', () => {
  it('count each thing once, and the differences explain the sums', () => {
    fc.assert(
      fc.property(many, ({ lines, booked }) => {
        const { counts, sums, found, carried } = compared(lines, booked)
        const both = counts.matched + counts.late + counts.differs
        expect(both + counts.missingHere).toBe(lines.length)
        expect(both + counts.missingThere + counts.carried).toBe(booked.length)
        expect(found).toHaveLength(counts.late + counts.differs + counts.missingHere + counts.missingThere)
        expect(carried).toHaveLength(counts.carried)
        const [sum] = sums
        if (!sum) return
        const minor = (text: string): bigint => BigInt(/([\d,]+) JPY/.exec(text)?.[1]?.replaceAll(',', '') ?? '0')
        const explained = found
          .filter(({ kind }) => kind !== 'booked-late')
          .reduce((all, { theirs, ours }) => all + minor(theirs) - minor(ours), 0n)
        const { theirsIn, theirsOut, oursIn, oursOut } = sum
        expect(BigInt(theirsIn) + BigInt(theirsOut) - BigInt(oursIn) - BigInt(oursOut)).toBe(explained)
      }),
    )
  })

  it('compare the same in whatever order either side comes', () => {
    const shuffled = many.chain((both) =>
      fc.record({
        both: fc.constant(both),
        lines: fc.shuffledSubarray(both.lines, { minLength: both.lines.length }),
        booked: fc.shuffledSubarray(both.booked, { minLength: both.booked.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ both, lines, booked }) => {
        expect(compared(lines, booked)).toEqual(compared(both.lines, both.booked))
      }),
    )
  })

  it('agree when one is the other’s mirror', () => {
    fc.assert(
      fc.property(many, ({ booked }) => {
        const { counts, found } = compared(booked.map(lineOf), booked)
        expect(counts.matched + counts.late).toBe(booked.length)
        expect(found.every(({ kind }) => kind === 'booked-late')).toBe(true)
      }),
    )
  })
})

describe('what is closed when', () => {
  const row = (of: number, closedAt: number | null = null) => ({ provider: 'paypay' as const, day: of, closedAt })
  const two = 2 * 3_600_000
  const due = (rows: readonly ReturnType<typeof row>[], now: number, tried: Readonly<Record<string, number>> = {}) =>
    dueDays(rows, 'paypay', now, new Map(Object.entries(tried)))

  it('is every day since the first, from two in the morning on', () => {
    expect(due([], end + two)).toEqual([])
    expect(due([row(day)], end + two - 1)).toEqual([])
    expect(due([row(day)], end + two)).toEqual([day])
    expect(due([row(dayBefore(dayBefore(day)))], end + two)).toHaveLength(3)
    expect(due([row(20240101)], end + two)).toHaveLength(31)
    expect(due([{ ...row(day), provider: 'paypal' as never }], end + two)).toEqual([])
  })
  it('waits half an hour for a day that the provider has not closed', () => {
    expect(due([row(day)], end + two + minute, { [`paypay/${day}`]: end + two })).toEqual([])
    expect(due([row(day)], end + two + 30 * minute, { [`paypay/${day}`]: end + two })).toEqual([day])
  })
  it('looks again on the three mornings that follow, and then no more', () => {
    const closed = [row(day, end + two + minute)]
    expect(due(closed, end + two + 60 * minute)).toEqual([])
    const mornings = [1, 2, 3, 4].map((days) => due(closed, end + two + days * 86_400_000).includes(day))
    expect(mornings).toEqual([true, true, false, false])
    const again = [row(day, end + two + 86_400_000 + minute)]
    expect(due(again, end + two + 86_400_000 + 2 * minute).includes(day)).toBe(false)
  })
})
