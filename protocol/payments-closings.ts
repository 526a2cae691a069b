import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { instantSchema } from './ids.ts'
import { minorSchema, paymentCurrencySchema, paymentIdSchema, providerSchema, referenceSchema } from './payments.ts'
import { dayText } from './payments-day.ts'
import { caseKeySchema, codeSchema } from './payments-records.ts'

/**
 * 日次締め: a provider's own account of one business day (JST), held against what is booked here. Nothing is booked by it;
 * every difference is a case (payments-records.ts), opened once, and closed by the closing itself when a later look finds
 * it gone.
 */

/** 20261121, of a day in Japan. */
export const businessDaySchema = z.int().min(19_700_101).max(99_991_231)

/**
 * - `missing-here` the provider has it and the books don't; `missing-there` the other way round
 * - `statement-differs` both have it, with another amount, currency or fee
 * - `booked-late` both have it, and it was booked here only on a later day, so that daily sums differ
 */
export const differenceKinds = ['missing-here', 'missing-there', 'statement-differs', 'booked-late'] as const
export type DifferenceKind = (typeof differenceKinds)[number]

const differenceSchema = z.strictObject({
  kind: z.enum(differenceKinds),
  /** The provider's id of the capture, refund or dispute; `…#2` for the second of one id. */
  about: z.string().min(1).max(200),
  /** Of `payments.cases`. */
  case: caseKeySchema,
  /** Empty: of no payment of ours. */
  payment: paymentIdSchema.or(z.literal('')),
  theirs: z.string().max(200),
  ours: z.string().max(200),
})
export type Difference = z.infer<typeof differenceSchema>

const countSchema = z.int().min(0)
/** Each line and each of our movements is counted exactly once; what both have, once together. */
const countsSchema = z.strictObject({
  matched: countSchema,
  late: countSchema,
  differs: countSchema,
  missingHere: countSchema,
  missingThere: countSchema,
  /** Ours of the day's last minutes, which the provider counts for the next day; that closing must find them. */
  carried: countSchema,
  /** Lines that are no payment of ours: fees, payouts, and what the shop's other tills took. */
  apart: countSchema,
})
export type ClosingCounts = z.infer<typeof countsSchema>

/** What came in and went out that day, minor units: by their account, and by our books. Without `apart`. */
const closingSumSchema = z.strictObject({
  currency: paymentCurrencySchema,
  theirsIn: minorSchema,
  theirsOut: minorSchema,
  oursIn: minorSchema,
  oursOut: minorSchema,
})
export type ClosingSum = z.infer<typeof closingSumSchema>

export const closingLimits = { differences: 40, carried: 50, resolved: 40 } as const

const resultSchema = z.strictObject({
  provider: providerSchema,
  day: businessDaySchema,
  state: z.enum(['matched', 'differs']),
  counts: countsSchema,
  sums: z.array(closingSumSchema).max(3),
  /** The first of them; all have cases, up to a bound. */
  differences: z.array(differenceSchema).max(closingLimits.differences),
  /** Differences that have no case because there were too many. */
  untold: countSchema,
  /** Provider's ids. */
  carried: z.array(referenceSchema).max(closingLimits.carried),
})
export type ClosingResult = z.infer<typeof resultSchema>

export const closingStates = ['open', 'asked', 'waiting', 'failed', 'matched', 'differs'] as const
export const closingKey = (provider: string, day: number): string => `${provider}/${day}`
/**
 * One row for each provider and day on which something was sold, or that was closed. open: not compared yet. asked: it is
 * about to be. waiting: the provider has not closed that day. failed: it gives no account of it (`code`).
 */
export const closings = defineCollection({
  name: 'payments.closings',
  version: 1,
  schema: resultSchema.extend({
    key: z.string().max(32),
    state: z.enum(closingStates),
    /** Why waiting or failed. */
    code: codeSchema,
    /** 202611 */
    month: z.int(),
    /** Compared last; null: never. */
    closedAt: instantSchema.nullable(),
    changedAt: instantSchema,
  }),
  key: (row) => row.key,
  indexes: [['provider'], ['day'], ['month'], ['state']],
  read: 'payments.read',
  retention: { rows: 100_000, by: 'day' },
})
export type ClosingRow = z.infer<typeof closings.schema>

/** What is booked, by the provider's own time and id: what a closing compares. The backend's alone. */
export const movements = defineCollection({
  name: 'payments.movements',
  version: 1,
  schema: z.strictObject({
    key: z.string().max(128),
    provider: providerSchema,
    /** The provider's day of it, in JST. */
    day: businessDaySchema,
    kind: z.enum(['capture', 'refund', 'dispute']),
    id: referenceSchema,
    payment: paymentIdSchema,
    currency: paymentCurrencySchema,
    minor: minorSchema,
    fee: minorSchema.nullable(),
    /** The provider's time; and ours. */
    at: instantSchema,
    bookedAt: instantSchema,
  }),
  key: (row) => row.key,
  indexes: [['at']],
  read: 'payments.read',
  retention: { rows: 5_000_000, by: 'at' },
})
export type MovementRow = z.infer<typeof movements.schema>

/** Compares a day now, also once more. It moves no money. */
export const closeDay = defineCommand({
  name: 'payments.closeDay',
  risk: 'low',
  permission: 'payments.cases',
  params: z.strictObject({
    provider: providerSchema,
    /** YYYY-MM-DD, a day in Japan that is over. */
    day: z.iso.date(),
  }),
})
/**
 * When the day had been compared last, as this look at it began; null: never. What was compared since makes it out of date.
 * Absent in what older builds recorded.
 */
const overSchema = instantSchema.nullable().optional()

/** The rest is signed by the module's service key. */
export const recordDifference = defineCommand({
  name: 'payments.recordDifference',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: differenceSchema.extend({ provider: providerSchema, day: businessDaySchema.optional(), over: overSchema }),
})
export const recordClosing = defineCommand({
  name: 'payments.recordClosing',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: resultSchema.extend({
    /** Open cases of this day that no longer hold. */
    resolved: z.array(caseKeySchema).max(closingLimits.resolved),
    over: overSchema,
  }),
})
export const recordClosingDelay = defineCommand({
  name: 'payments.recordClosingDelay',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({
    provider: providerSchema,
    day: businessDaySchema,
    state: z.enum(['waiting', 'failed']),
    code: codeSchema,
  }),
})

export const closingAsked = defineEvent({
  type: 'payments.closingAsked@1',
  data: z.strictObject({ provider: providerSchema, day: businessDaySchema }),
})
export const dayClosed = defineEvent({
  type: 'payments.dayClosed@1',
  data: resultSchema,
  notice: ({ provider, day, state, counts }) => ({
    category: 'payment',
    severity: state === 'matched' ? 'info' : 'warning',
    code: `payments.day-${state}`,
    params: {
      provider,
      day: dayText(day),
      count: counts.late + counts.differs + counts.missingHere + counts.missingThere,
    },
  }),
})
export const closingDelayed = defineEvent({
  type: 'payments.closingDelayed@1',
  data: recordClosingDelay.params,
  notice: ({ provider, day, state, code }) => ({
    category: 'payment',
    severity: state === 'waiting' ? 'info' : 'warning',
    code: `payments.day-${state}`,
    params: { provider, day: dayText(day), code },
  }),
})
