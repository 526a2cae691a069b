import {
  type ClosingRow,
  closingAsked,
  closingDelayed,
  closingKey,
  closings,
  dayClosed,
  type MovementRow,
  movements,
} from '#protocol/payments-closings.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { paymentCreated, paymentSeen } from '#protocol/payments-records.ts'
import { sha256 } from '#trust/bytes.ts'
import { defineProjection, type Projection } from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'

/** Booked, by the provider's time. An id may be longer than a key. */
const movementKey = ({ provider, day, kind, id }: Pick<MovementRow, 'provider' | 'day' | 'kind' | 'id'>): string =>
  `${provider}/${day}/${kind}/${Buffer.from(sha256(Buffer.from(id)))
    .toString('hex')
    .slice(0, 32)}`

type Seen = Pick<PaymentRow, 'provider' | 'payment' | 'currency' | 'captures' | 'refunds' | 'disputes'>

const movementsOf = ({ provider, payment, currency, captures, refunds, disputes }: Seen) =>
  [
    ...captures.map(({ id, minor, fee, at }) => ({ kind: 'capture' as const, id, minor, fee, at })),
    ...refunds.map(({ id, minor, at }) => ({ kind: 'refund' as const, id, minor, fee: null, at })),
    ...disputes.map(({ id, minor, at }) => ({ kind: 'dispute' as const, id, minor, fee: null, at })),
  ].map((one) => {
    const row = { ...one, provider, payment, currency, day: businessDay(one.at) }
    return { ...row, key: movementKey(row) }
  })

const nothing: Omit<ClosingRow, 'key' | 'provider' | 'day' | 'month' | 'changedAt'> = {
  ...{ state: 'open', code: '', closedAt: null, sums: [], differences: [], untold: 0, carried: [] },
  counts: { matched: 0, late: 0, differs: 0, missingHere: 0, missingThere: 0, carried: 0, apart: 0 },
}
const openRow = (provider: ClosingRow['provider'], day: number, changedAt: number): ClosingRow => ({
  ...{ ...nothing, key: closingKey(provider, day), provider, day, month: Math.floor(day / 100), changedAt },
})
/** Days that something was booked for have a row, so that none is forgotten. */
const opened = (
  provider: ClosingRow['provider'],
  days: readonly number[],
  at: number,
  get: (key: string) => ClosingRow | undefined,
) =>
  [...new Set(days)].flatMap((day) => {
    const key = closingKey(provider, day)
    return get(key) ? [] : [{ key, row: openRow(provider, day, at) }]
  })

export const closingProjections: readonly Projection[] = [
  defineProjection({
    on: paymentSeen,
    into: movements,
    reads: (data) => movementsOf(data).map(({ key }) => key),
    project: (data, { at: bookedAt }, get) =>
      movementsOf(data).flatMap((row) => {
        const known = get(row.key)
        if (known && known.fee === row.fee) return []
        return [{ key: row.key, row: { ...row, bookedAt: known?.bookedAt ?? bookedAt } }]
      }),
  }),
  defineProjection({
    on: paymentCreated,
    into: closings,
    reads: ({ provider }, { at }) => [closingKey(provider, businessDay(at))],
    project: ({ provider }, { at }, get) => opened(provider, [businessDay(at)], at, get),
  }),
  defineProjection({
    on: paymentSeen,
    into: closings,
    reads: (data) => movementsOf(data).map(({ provider, day }) => closingKey(provider, day)),
    project: (data, { at }, get) =>
      opened(
        data.provider,
        movementsOf(data).map(({ day }) => day),
        at,
        get,
      ),
  }),
  defineProjection({
    on: closingAsked,
    into: closings,
    reads: ({ provider, day }) => [closingKey(provider, day)],
    project: ({ provider, day }, { at }, get) => {
      const key = closingKey(provider, day)
      return [{ key, row: { ...(get(key) ?? openRow(provider, day, at)), state: 'asked' as const, changedAt: at } }]
    },
  }),
  defineProjection({
    on: closingDelayed,
    into: closings,
    reads: ({ provider, day }) => [closingKey(provider, day)],
    project: ({ provider, day, state, code }, { at }, get) => {
      const key = closingKey(provider, day)
      const row = get(key) ?? openRow(provider, day, at)
      const compared = row.differences.length > 0 ? ('differs' as const) : ('matched' as const)
      return [{ key, row: { ...row, state: row.closedAt === null ? state : compared, code, changedAt: at } }]
    },
  }),
  defineProjection({
    on: dayClosed,
    into: closings,
    reads: () => [],
    project: (data, { at }) => {
      const row = openRow(data.provider, data.day, at)
      return [{ key: row.key, row: { ...row, ...data, closedAt: at } }]
    },
  }),
]
