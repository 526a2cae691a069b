import { z } from 'zod'
import { instantSchema } from './ids.ts'
import { providerSchema } from './payments.ts'

/** How one instance fares with each provider: part of its inventory (telemetry.ts), so it costs no question of its own. */
export const providerHealthSchema = z.strictObject({
  provider: providerSchema,
  /** Whose settings count. `file`: LIBRAL_PAYMENTS_FILE, which wins over those of the app. */
  settings: z.enum(['none', 'file', 'app']),
  /** Where it is reached; empty without settings. */
  address: z.string().max(200),
  paused: z.boolean(),
  /** Whether webhooks are taken as well; otherwise we only ask. */
  webhooks: z.boolean(),
  /** Why nothing can be asked of it though it is set up (`keys-unreadable`); empty: nothing. */
  problem: z.string().max(64),
  /** closed: as always; open: left alone after failures in a row; half-open: tried again. */
  breaker: z.enum(['closed', 'half-open', 'open']),
  lastSuccessAt: instantSchema.nullable(),
  lastFailureAt: instantSchema.nullable(),
  /** Of the last failure. */
  failure: z.string().max(64),
  /** In the last five minutes. */
  calls: z.int().min(0),
  failures: z.int().min(0),
  /** It asked us to wait until then; null: it did not. */
  waitUntil: instantSchema.nullable(),
  /** Payments that it has to be asked about, and since when the oldest one stands. */
  questions: z.int().min(0),
  oldestQuestionAt: instantSchema.nullable(),
  /** By how much its clock is ahead of ours, ms, as its answers say; null: not known. */
  skewMs: z.int().nullable(),
})
export type ProviderHealthRow = z.infer<typeof providerHealthSchema>

/** What a person has to know of it first. */
export const healthStates = [
  'none',
  'paused',
  'problem',
  'away',
  'refused',
  'forbidden',
  'limited',
  'failing',
  'skewed',
  'up',
  'unproved',
] as const
export type HealthState = (typeof healthStates)[number]
/** From this on signatures and expiries are in danger: PayPay refuses a request two minutes off. */
export const skewLimitMs = 30_000
const failingPercent = 20
const awayStates: ReadonlySet<HealthState> = new Set(['problem', 'away', 'refused', 'forbidden'])
/** Set up, and of no use now. */
export const isAway = (state: HealthState): boolean => awayStates.has(state)
/** The last that they said, and nothing went well since; a key that ends early is renewed, and something does. */
const lastSaid = ({ failure, lastFailureAt, lastSuccessAt }: ProviderHealthRow): string =>
  (lastFailureAt ?? 0) > (lastSuccessAt ?? 0) ? failure : ''

/** Pure; `now` in ms. */
export const healthOf = (row: ProviderHealthRow, now: number): HealthState => {
  if (row.settings === 'none') return 'none'
  if (row.paused) return 'paused'
  if (row.problem !== '') return 'problem'
  if (row.breaker === 'open') return 'away'
  if (row.waitUntil !== null && row.waitUntil > now) return 'limited'
  if (row.skewMs !== null && Math.abs(row.skewMs) > skewLimitMs) return 'skewed'
  if (lastSaid(row) === 'http-401') return 'refused'
  // Our key is known, and may not do that.
  if (lastSaid(row) === 'http-403') return 'forbidden'
  if (row.calls > 0 && (row.failures * 100) / row.calls >= failingPercent) return 'failing'
  if (row.breaker === 'half-open') return 'failing'
  return row.lastSuccessAt === null ? 'unproved' : 'up'
}
