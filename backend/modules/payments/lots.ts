import type { z } from 'zod'
import { addTransfers, noSums } from '#protocol/payments-ledger.ts'
import { paymentSeen } from '#protocol/payments-records.ts'
import { type LotRow, lots } from '#protocol/payments-stars.ts'
import { defineProjection, type Projection } from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'

/** Stars by the day of their receipt. Pure: a refund counts against the day on which its payment was made. */

type Seen = z.output<typeof paymentSeen.data>

/** Telegram captures once and refunds all of it, so a payment has one lot; 0: it has none yet. */
export const lotDay = ({ provider, captures }: Pick<Seen, 'provider' | 'captures'>): number =>
  provider !== 'stars' || captures.length === 0 ? 0 : businessDay(Math.min(...captures.map(({ at }) => at)))

export const lotAfterSeen = (row: LotRow | undefined, data: Seen, at: number): LotRow | undefined => {
  const day = lotDay(data)
  const { captured, refunded, lost } = addTransfers(noSums, data.transfers)
  if (day === 0 || (captured === 0n && refunded + lost === 0n)) return undefined
  return {
    ...{ key: String(day), day, changedAt: at },
    received: (BigInt(row?.received ?? 0) + captured).toString(),
    returned: (BigInt(row?.returned ?? 0) + refunded + lost).toString(),
  }
}

export const lotProjections: readonly Projection[] = [
  defineProjection({
    on: paymentSeen,
    into: lots,
    reads: (data) => (lotDay(data) === 0 ? [] : [String(lotDay(data))]),
    project: (data, { at }, get) => {
      const day = lotDay(data)
      const next = day === 0 ? undefined : lotAfterSeen(get(String(day)), data, at)
      return next ? [{ key: next.key, row: next }] : []
    },
  }),
]
