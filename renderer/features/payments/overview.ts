import { type PaymentCurrency, type ProviderName, providers, providerTraits } from '#protocol/payments.ts'
import { dayText } from '#protocol/payments-day.ts'
import type { PaymentState } from '#protocol/payments-life.ts'
import { type DayRow, type PaymentRow, settleSteps } from '#protocol/payments-records.ts'
import { dayPlus } from './business-days.ts'

/** What the overview says of days and open payments, pure. */

export interface Pair {
  readonly provider: ProviderName
  readonly currency: PaymentCurrency
}
export const pairs: readonly Pair[] = providers.flatMap((provider) =>
  providerTraits[provider].currencies.map((currency) => ({ provider, currency })),
)
export const pairName = ({ provider, currency }: Pair): string => `${provider}/${currency}`

/** States that a person waits for or has to know of, each a figure of its own. */
export const waitingStates = ['created', 'pending', 'authorised'] as const satisfies readonly PaymentState[]
export const openStates = [...waitingStates, 'unknown', 'disputed'] as const satisfies readonly PaymentState[]
export interface Open {
  readonly waiting: number
  readonly unknown: number
  readonly disputed: number
}
export const noneOpen: Open = { waiting: 0, unknown: 0, disputed: 0 }

export const openOf = (
  rows: readonly Pick<PaymentRow, 'provider' | 'currency' | 'state'>[],
): ReadonlyMap<string, Open> => {
  const all = new Map<string, Open>()
  for (const row of rows) {
    const name = pairName(row)
    const now = all.get(name) ?? noneOpen
    const field = row.state === 'unknown' || row.state === 'disputed' ? row.state : 'waiting'
    all.set(name, { ...now, [field]: now[field] + 1 })
  }
  return all
}

/** What anything was ever sold by: pairs with days, or with something open. */
export const usedOf = (
  rows: readonly Pick<DayRow, 'provider' | 'currency'>[],
  open: ReadonlyMap<string, Open>,
): readonly Pair[] => {
  const sold = new Set(rows.map(pairName))
  return pairs.filter((pair) => open.has(pairName(pair)) || sold.has(pairName(pair)))
}

/** Percent of payments that were decided and paid; those that an operator cancelled say nothing. null: none was decided. */
export const successOf = ({ paid, failed, expired }: Pick<DayRow, 'paid' | 'failed' | 'expired'>): number | null => {
  const decided = paid + failed + expired
  return decided === 0 ? null : (paid / decided) * 100
}

/** The time within which half of the payments were settled, ms, from counts by step: even within a step. null: none. */
export const medianOf = (settled: readonly number[]): number | null => {
  const all = settled.reduce((sum, count) => sum + count, 0)
  let before = 0
  for (const [nth, count] of settled.entries()) {
    if (count > 0 && before + count >= all / 2) {
      const from = settleSteps[nth - 1] ?? 0
      const to = settleSteps[nth] ?? from
      return from + ((all / 2 - before) / count) * (to - from)
    }
    before += count
  }
  return null
}

export interface Series {
  /** Seconds since 1970 of each day's noon here: a chart writes dates in this machine's zone, and these are Japan's. */
  readonly at: readonly number[]
  readonly captured: readonly number[]
  readonly refunded: readonly number[]
  readonly success: readonly (number | null)[]
  readonly settle: readonly (number | null)[]
}

/** Each day up to today; one without a row had no payments. Sums as numbers: a line needs no more digits. */
export const seriesOf = (rows: readonly DayRow[], today: string, days: number): Series => {
  const byDay = new Map(rows.map((row) => [dayText(row.day), row]))
  const dates = Array.from({ length: days }, (_, nth) => dayPlus(today, nth + 1 - days))
  const of = <T>(read: (row: DayRow) => T, none: T): readonly T[] =>
    dates.map((date) => {
      const row = byDay.get(date)
      return row ? read(row) : none
    })
  return {
    at: dates.map((date) => Date.parse(`${date}T12:00:00`) / 1_000),
    captured: of((row) => Number(row.captured), 0),
    refunded: of((row) => Number(row.refunded), 0),
    success: of<number | null>(successOf, null),
    settle: of<number | null>((row) => medianOf(row.settled), null),
  }
}
