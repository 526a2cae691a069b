import type { Instant } from '#protocol/ids.ts'
import { type Money, moneyText } from '#protocol/money.ts'
import { type PaymentId, type ProviderName, paymentCurrencySchema } from '#protocol/payments.ts'
import {
  type ClosingCounts,
  type ClosingRow,
  type ClosingSum,
  closingKey,
  closingLimits,
  type Difference,
  type MovementRow,
} from '#protocol/payments-closings.ts'
import { businessDay, dayAfter, endOfDay } from './business-day.ts'
import type { StatementLine } from './provider.ts'

/**
 * 日次締め, the comparison: a provider's account of a day against what is booked here. Pure, and the same for every order
 * in which either side comes.
 */

/** Whose it is where the line says so, or its reference is known here; null: of no payment of ours. */
export type ClosingLine = Omit<StatementLine, 'payment' | 'reference'> & { readonly payment: PaymentId | null }

export interface Day {
  readonly day: number
  readonly lines: readonly ClosingLine[]
  /** Booked by the provider's time on that day, the day before and the day after. */
  readonly booked: readonly MovementRow[]
  /** Ids that the closing of the day before left for this one. */
  readonly carriedBefore: ReadonlySet<string>
}
export type Found = Omit<Difference, 'case'>
export interface Comparison {
  readonly counts: ClosingCounts
  readonly sums: readonly ClosingSum[]
  readonly found: readonly Found[]
  readonly carried: readonly string[]
}

/** Clocks differ, and what is asked for takes its time: so close to midnight either day is right. */
export const edgeMs = 10 * 60_000

type Kind = MovementRow['kind']
type OwnLine = ClosingLine & { readonly kind: Kind }
const isOwn = (line: ClosingLine): line is OwnLine =>
  line.kind === 'capture' || line.kind === 'refund' || line.kind === 'dispute'

interface Pair {
  readonly line: OwnLine
  readonly booked: MovementRow
}

export const compareDay = ({ day, lines, booked, carriedBefore }: Day): Comparison => {
  const own = lines.filter(isOwn).sort(inOrder)
  const ours = [...booked].sort((one, other) => distance(one, day) - distance(other, day) || inOrder(one, other))
  const isExpected = (one: MovementRow): boolean =>
    one.kind !== 'dispute' && (one.day === day || carriedBefore.has(one.id))
  /** Only what may be of this day is paired by anything less than its id. */
  const isNear = (one: MovementRow): boolean =>
    one.day === day || carriedBefore.has(one.id) || nearest(one.at, day) <= edgeMs

  const pairs: Pair[] = []
  const openLines = new Set(own)
  const openOurs = new Set(ours)
  const pairUp = (
    keyOfLine: (line: OwnLine) => string | null,
    keyOfOurs: (one: MovementRow) => string | null,
  ): void => {
    const waiting = new Map<string, MovementRow[]>()
    for (const one of openOurs) {
      const key = keyOfOurs(one)
      if (key !== null) waiting.set(key, [...(waiting.get(key) ?? []), one])
    }
    for (const line of openLines) {
      const key = keyOfLine(line)
      const one = key === null ? undefined : waiting.get(key)?.shift()
      if (!one) continue
      pairs.push({ line, booked: one })
      openLines.delete(line)
      openOurs.delete(one)
    }
  }
  // What is the same by every sign first; a payment and a kind alone last, for providers that give no ids of refunds.
  const amountOf = ({ currency, minor }: { readonly currency: string; readonly minor: bigint | string }): string =>
    `${minor} ${currency}`
  pairUp(
    ({ kind, id, amount }) => JSON.stringify([kind, id, amountOf(amount)]),
    (one) => JSON.stringify([one.kind, one.id, amountOf(one)]),
  )
  pairUp(
    ({ kind, id }) => JSON.stringify([kind, id]),
    (one) => JSON.stringify([one.kind, one.id]),
  )
  pairUp(
    ({ kind, payment, amount }) => payment && JSON.stringify([kind, payment, amountOf(amount)]),
    (one) => (isNear(one) ? JSON.stringify([one.kind, one.payment, amountOf(one)]) : null),
  )
  pairUp(
    ({ kind, payment }) => payment && JSON.stringify([kind, payment]),
    (one) => (isNear(one) ? JSON.stringify([one.kind, one.payment]) : null),
  )

  const unmatched = [...openOurs].filter(isExpected)
  const mayWait = unmatched.filter((one) => one.day === day && !carriedBefore.has(one.id) && isLast(one.at, day))
  const carried = mayWait.map(({ id }) => id).slice(0, closingLimits.carried)
  const waits = new Set(mayWait.slice(0, closingLimits.carried))
  const missing = unmatched.filter((one) => !waits.has(one))

  const found = [...pairs.flatMap(differenceOf), ...[...openLines].map(missingHere), ...missing.map(missingThere)]
  const count = (kind: Found['kind']): number => found.filter((one) => one.kind === kind).length
  const counts: ClosingCounts = {
    matched: pairs.length - count('statement-differs') - count('booked-late'),
    late: count('booked-late'),
    differs: count('statement-differs'),
    missingHere: openLines.size,
    missingThere: missing.length,
    carried: carried.length,
    apart: lines.length - own.length,
  }
  const counted = [...pairs.map((pair) => pair.booked), ...missing]
  return { counts, sums: sumsOf(own, counted), found: numbered(found), carried }
}

/** What stands nearer to the day comes first. */
const distance = (one: MovementRow, day: number): number => (one.day === day ? 0 : 1)
const startOf = (day: number): Instant => endOfDay(day) - 86_400_000
const nearest = (at: Instant, day: number): number =>
  Math.min(Math.abs(at - startOf(day)), Math.abs(at - endOfDay(day)))
const isLast = (at: Instant, day: number): boolean => at >= endOfDay(day) - edgeMs

const inOrder = (one: Sortable, other: Sortable): number => compare(sortKey(one), sortKey(other))
type Sortable = OwnLine | MovementRow
const sortKey = (one: Sortable): string => {
  const amount = 'amount' in one ? `${one.amount.minor} ${one.amount.currency}` : `${one.minor} ${one.currency}`
  const at = String(one.at).padStart(16, '0')
  return `${at} ${one.kind} ${one.id} ${one.payment ?? ''} ${amount} ${moneyOr(one.fee)}`
}
const moneyOr = (fee: Money | string | null): string =>
  fee === null ? '' : typeof fee === 'string' ? fee : String(fee.minor)
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const oursText = ({ currency, minor }: MovementRow): string => moneyText({ currency, minor: BigInt(minor) })
const feeText = (amount: Money): string => `fee ${moneyText(amount)}`

const differenceOf = ({ line, booked }: Pair): readonly Found[] => {
  const about = { about: line.id, payment: booked.payment } as const
  const { currency } = booked
  if (line.amount.currency !== currency || line.amount.minor !== BigInt(booked.minor)) {
    return [{ kind: 'statement-differs', ...about, theirs: moneyText(line.amount), ours: oursText(booked) }]
  }
  const { fee } = line
  if (fee !== null && booked.fee !== null && (fee.currency !== currency || fee.minor !== BigInt(booked.fee))) {
    const ours = feeText({ currency, minor: BigInt(booked.fee) })
    return [{ kind: 'statement-differs', ...about, theirs: feeText(fee), ours }]
  }
  if (booked.bookedAt < endOfDay(businessDay(line.at)) + edgeMs) return []
  return [{ kind: 'booked-late', ...about, theirs: instantText(line.at), ours: instantText(booked.bookedAt) }]
}
/** In Japan, to the minute. */
const instantText = (at: Instant): string => new Date(at + 9 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')

const missingHere = (line: OwnLine): Found => ({
  ...{ kind: 'missing-here', about: line.id, payment: line.payment ?? '' },
  ...{ theirs: `${line.kind} ${moneyText(line.amount)}`, ours: '' },
})
const missingThere = (one: MovementRow): Found => ({
  ...{ kind: 'missing-there', about: one.id, payment: one.payment },
  ...{ theirs: '', ours: `${one.kind} ${oursText(one)}` },
})

/** Sorted, and with a number where several are about one id. */
const numbered = (found: readonly Found[]): readonly Found[] => {
  const seen = new Map<string, number>()
  const key = (one: Found): string => `${one.kind} ${one.about} ${one.theirs} ${one.ours} ${one.payment}`
  return found
    .toSorted((one, other) => compare(key(one), key(other)))
    .map((one) => {
      const name = `${one.kind} ${one.about}`
      const nth = (seen.get(name) ?? 0) + 1
      seen.set(name, nth)
      return { ...one, about: nth === 1 ? one.about : `${one.about.slice(0, 190)}#${nth}` }
    })
}

/** Of captures and refunds; disputes have other sums at the provider than here. */
const sumsOf = (lines: readonly OwnLine[], counted: readonly MovementRow[]): readonly ClosingSum[] => {
  const sums = new Map<string, { theirsIn: bigint; theirsOut: bigint; oursIn: bigint; oursOut: bigint }>()
  const add = (side: 'theirs' | 'ours', kind: Kind, currency: string, minor: bigint): void => {
    if (kind === 'dispute' || !paymentCurrencySchema.safeParse(currency).success) return
    const sum = sums.get(currency) ?? { theirsIn: 0n, theirsOut: 0n, oursIn: 0n, oursOut: 0n }
    sum[`${side}${kind === 'capture' ? 'In' : 'Out'}`] += minor
    sums.set(currency, sum)
  }
  for (const { kind, amount } of lines) add('theirs', kind, amount.currency, amount.minor)
  for (const { kind, currency, minor } of counted) add('ours', kind, currency, BigInt(minor))
  return [...sums]
    .sort(([one], [other]) => compare(one, other))
    .map(([currency, { theirsIn, theirsOut, oursIn, oursOut }]) => ({
      currency: paymentCurrencySchema.parse(currency),
      ...{ theirsIn: theirsIn.toString(), theirsOut: theirsOut.toString() },
      ...{ oursIn: oursIn.toString(), oursOut: oursOut.toString() },
    }))
}

/**
 * The day is closed from two in the morning on, looked for every half hour until the provider has it, and looked at again on
 * the two mornings that follow: providers add to a day that is over. Further back than a month only a person goes.
 */
const morningMs = 2 * 3_600_000
const againMs = 30 * 60_000
const dayMs = 86_400_000
const lookBackDays = 31
const againDays = 3

/** What the job closes now. `tried`: when this process tried last, by {@link closingKey}. */
export const dueDays = (
  rows: readonly Pick<ClosingRow, 'provider' | 'day' | 'closedAt'>[],
  provider: ProviderName,
  now: Instant,
  tried: ReadonlyMap<string, Instant>,
): readonly number[] => {
  const known = new Map(rows.filter((row) => row.provider === provider).map((row) => [row.day, row]))
  if (known.size === 0) return []
  const first = Math.max(Math.min(...known.keys()), businessDay(now - lookBackDays * dayMs))
  const due: number[] = []
  for (let day = first; endOfDay(day) + morningMs <= now; day = dayAfter(day)) {
    const row = known.get(day)
    const last = tried.get(closingKey(provider, day)) ?? Number.NEGATIVE_INFINITY
    const closedAt = row?.closedAt ?? null
    const open = closedAt === null && now - last >= againMs
    const old = endOfDay(day) + againDays * dayMs + morningMs <= now
    const again =
      closedAt !== null &&
      !old &&
      businessDay(closedAt - morningMs) < businessDay(now - morningMs) &&
      now - last >= dayMs / 4
    if (open || again) due.push(day)
  }
  return due
}
