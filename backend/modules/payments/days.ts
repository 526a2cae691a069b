import type { z } from 'zod'
import type { Instant } from '#protocol/ids.ts'
import type { PaymentCurrency, PaymentId, ProviderName } from '#protocol/payments.ts'
import { addTransfers, noSums, type TransferKind } from '#protocol/payments-ledger.ts'
import { type DayRow, dayKey, days, paymentCreated, paymentSeen, settleSteps } from '#protocol/payments-records.ts'
import { defineProjection, type EventMeta, type Projection } from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'

/** What each day brought, added up event by event. Pure: from the events alone, so that a rebuild gives the same rows. */

interface Of {
  readonly provider: ProviderName
  readonly currency: PaymentCurrency
}
const keyOf = ({ provider, currency }: Of, { at }: Pick<EventMeta, 'at'>): string =>
  dayKey(businessDay(at), provider, currency)

const empty = ({ provider, currency }: Of, { at }: Pick<EventMeta, 'at'>): DayRow => ({
  ...{ key: keyOf({ provider, currency }, { at }), day: businessDay(at), provider, currency },
  ...{ created: 0, paid: 0, failed: 0, expired: 0, captured: '0', refunded: '0' },
  ...{ disputes: 0, disputed: '0', lost: '0', fees: '0' },
  settled: [...settleSteps, null].map(() => 0),
})

const plus = (sum: string, more: bigint): string => (BigInt(sum) + more).toString()

/** When a payment was made: the time in its UUIDv7, ms. */
const madeAt = (payment: PaymentId): Instant => Number.parseInt(payment.replaceAll('-', '').slice(0, 12), 16)

/** Which of the counts of `settled` a time to settle belongs to. */
const stepOf = (ms: number): number => {
  const found = settleSteps.findIndex((step) => ms < step)
  return found < 0 ? settleSteps.length : found
}

export const dayAfterSeen = (row: DayRow, data: z.output<typeof paymentSeen.data>): DayRow => {
  const { payment, transfers, captures, ended } = data
  const moved = addTransfers(noSums, transfers)
  const all = captures.reduce((sum, { minor }) => sum + BigInt(minor), 0n)
  // All of its captures are new: it was not paid before.
  const first = moved.captured > 0n && moved.captured === all
  const step = stepOf(Math.min(...captures.map(({ at }) => at)) - madeAt(payment))
  const of = (kind: TransferKind): bigint =>
    transfers.filter((one) => one.kind === kind).reduce((sum, { minor }) => sum + BigInt(minor), 0n)
  const unpaid = captures.length === 0
  return {
    ...row,
    paid: row.paid + Number(first),
    failed: row.failed + Number(unpaid && ended === 'failed'),
    expired: row.expired + Number(unpaid && ended === 'expired'),
    captured: plus(row.captured, moved.captured),
    refunded: plus(row.refunded, moved.refunded),
    disputes: row.disputes + transfers.filter(({ kind }) => kind === 'dispute').length,
    disputed: plus(row.disputed, of('dispute')),
    lost: plus(row.lost, moved.lost),
    fees: plus(row.fees, moved.fees),
    settled: first ? row.settled.map((count, nth) => count + Number(nth === step)) : row.settled,
  }
}

export const dayProjections: readonly Projection[] = [
  defineProjection({
    on: paymentCreated,
    into: days,
    reads: (data, meta) => [keyOf(data, meta)],
    project: (data, meta, get) => {
      const row = get(keyOf(data, meta)) ?? empty(data, meta)
      return [{ key: row.key, row: { ...row, created: row.created + 1 } }]
    },
  }),
  defineProjection({
    on: paymentSeen,
    into: days,
    reads: (data, meta) => [keyOf(data, meta)],
    project: (data, meta, get) => {
      const row = get(keyOf(data, meta)) ?? empty(data, meta)
      const next = dayAfterSeen(row, data)
      return JSON.stringify(next) === JSON.stringify(row) ? [] : [{ key: row.key, row: next }]
    },
  }),
]
