import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { instantSchema } from './ids.ts'

/**
 * When Stars may be withdrawn, and when they run out: Telegram holds what was received for up to 21 days, and takes back
 * after three years what was not used. https://telegram.org/tos/bot-developers#6-2-payments
 *
 * Telegram tells neither of any payment, so both are told by the day of JST on which it was received, whole days.
 */

export const starsHoldDays = 21
export const starsLifeYears = 3

const sumSchema = z.string().regex(/^(0|[1-9][0-9]{0,37})$/)
/** Stars by the day on which they were received, and what of them went back to buyers. Minor units. */
export const lots = defineCollection({
  name: 'payments.lots',
  version: 1,
  schema: z.strictObject({
    key: z.string().regex(/^[0-9]{8}$/),
    /** 20261121 */
    day: z.int(),
    received: sumSchema,
    returned: sumSchema,
    changedAt: instantSchema,
  }),
  key: (row) => row.key,
  indexes: [['day']],
  read: 'payments.read',
  retention: { rows: 2_000, by: 'day' },
})
export type LotRow = z.infer<typeof lots.schema>

const dayMs = 86_400_000
const utcOf = (day: number, years = 0): number =>
  Date.UTC(Math.floor(day / 10_000) + years, (Math.floor(day / 100) % 100) - 1, day % 100)
const dayOf = (utc: number): number => Number(new Date(utc).toISOString().slice(0, 10).replaceAll('-', ''))

/** The last day of the hold: 20261212 for what came on 20261121. From the next day on it is free. */
export const lastHeldDay = (received: number): number => dayOf(utcOf(received) + starsHoldDays * dayMs)
/** The day on which it runs out: 20291121. Of a 29th of February it is the 1st of March. */
export const expiryDay = (received: number): number => dayOf(utcOf(received, starsLifeYears))

export interface StarsBalance {
  /** May not be withdrawn yet; may be. */
  readonly held: bigint
  readonly free: bigint
  /** What becomes free next, and the last day of its hold. */
  readonly next: { readonly minor: bigint; readonly heldUntil: number } | null
  /** What runs out first, if the oldest Stars are used first. */
  readonly expiring: { readonly minor: bigint; readonly day: number } | null
}

/**
 * @param balance what Telegram owes us by the books, minor units: receipts less refunds, and less what was booked as withdrawn
 * @param today 20261121, JST
 */
export const starsBalance = (all: readonly LotRow[], balance: bigint, today: number): StarsBalance => {
  const newestFirst = all
    .map(({ day, received, returned }) => ({ day, left: BigInt(received) - BigInt(returned) }))
    .filter(({ left }) => left > 0n)
    .toSorted((one, other) => other.day - one.day)
  let uncovered = balance > 0n ? balance : 0n
  // What was withdrawn was the oldest: the balance is made of the newest lots.
  const standing = newestFirst.flatMap(({ day, left }) => {
    const minor = left < uncovered ? left : uncovered
    uncovered -= minor
    return minor > 0n ? [{ day, minor }] : []
  })
  const holding = standing.filter(({ day }) => lastHeldDay(day) >= today)
  const held = holding.reduce((sum, { minor }) => sum + minor, 0n)
  const [next, oldest] = [holding.at(-1), standing.at(-1)]
  return {
    held,
    free: (balance > 0n ? balance : 0n) - held,
    next: next ? { minor: next.minor, heldUntil: lastHeldDay(next.day) } : null,
    // A balance that the lots don't make up says nothing of the oldest.
    expiring: oldest && uncovered === 0n ? { minor: oldest.minor, day: expiryDay(oldest.day) } : null,
  }
}
