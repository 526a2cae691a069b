import type { Condition } from '#protocol/alerts.ts'
import type { Instant } from '#protocol/ids.ts'
import { isBeyond, shownDecimal } from './decimal.ts'

/** A firing alert resolves once its condition has been away for this long without a break. */
export const calmMs = 10_000
/** Telemetry may miss a beat: only a longer hole breaks "without a break". */
export const holeMs = 3_000

/** Where one rule stands on one instance. Times are those of the samples. */
export type Watch =
  | { readonly phase: 'idle' }
  | { readonly phase: 'pending'; readonly since: Instant; readonly seenAt: Instant }
  | {
      readonly phase: 'firing'
      readonly firedAt: Instant
      /** Since when the condition is away, and when that was last seen; null while it holds. */
      readonly calm: { readonly since: Instant; readonly seenAt: Instant } | null
    }
export const idle: Watch = { phase: 'idle' }

/** What is known at one tick. */
export interface Observation {
  readonly at: Instant
  /** The metric's value in a fresh sample; undefined when there was none. */
  readonly value: number | undefined
  /** How long this instance has sent no telemetry at all, ms. */
  readonly silentMs: number
}

export interface Verdict {
  readonly watch: Watch
  /** To be recorded: the alert named by `firedAt` begins or ends. */
  readonly report?: { readonly firing: boolean; readonly firedAt: Instant; readonly value: string }
}

/** true: the condition holds; false: it does not; undefined: nobody knows. */
const holds = (condition: Condition, { value, silentMs }: Observation): boolean | undefined => {
  if (condition.kind === 'silence') return silentMs >= condition.forSeconds * 1000
  return value === undefined ? undefined : isBeyond(value, condition.threshold, condition.above)
}

/** Silence measures its own time; a threshold has to hold for its time from the first sample beyond it. */
const neededMs = (condition: Condition): number => (condition.kind === 'silence' ? 0 : condition.forSeconds * 1000)

const fire = (seen: Observation): Verdict => ({
  watch: { phase: 'firing', firedAt: seen.at, calm: null },
  report: { firing: true, firedAt: seen.at, value: seen.value === undefined ? '' : shownDecimal(seen.value) },
})

const whenQuiet = (condition: Condition, seen: Observation): Verdict => {
  if (holds(condition, seen) !== true) return { watch: idle }
  if (neededMs(condition) === 0) return fire(seen)
  return { watch: { phase: 'pending', since: seen.at, seenAt: seen.at } }
}

const whenPending = (condition: Condition, watch: Extract<Watch, { phase: 'pending' }>, seen: Observation): Verdict => {
  const holding = holds(condition, seen)
  if (holding === false) return { watch: idle }
  const hole = seen.at - watch.seenAt > holeMs || seen.at < watch.seenAt
  // What held before a hole proves nothing about the time within it: it starts afresh.
  if (hole) return whenQuiet(condition, seen)
  if (holding === undefined) return { watch }
  if (seen.at - watch.since >= neededMs(condition)) return fire(seen)
  return { watch: { ...watch, seenAt: seen.at } }
}

const whenFiring = (condition: Condition, watch: Extract<Watch, { phase: 'firing' }>, seen: Observation): Verdict => {
  const { calm, firedAt } = watch
  const holding = holds(condition, seen)
  if (holding === true) return { watch: { ...watch, calm: null } }
  const hole = calm !== null && (seen.at - calm.seenAt > holeMs || seen.at < calm.seenAt)
  if (holding === undefined) return { watch: hole ? { ...watch, calm: null } : watch }
  const since = calm === null || hole ? seen.at : calm.since
  if (seen.at - since < calmMs) return { watch: { ...watch, calm: { since, seenAt: seen.at } } }
  const value = seen.value === undefined ? '' : shownDecimal(seen.value)
  return { watch: idle, report: { firing: false, firedAt, value } }
}

/** One tick of one rule on one instance: pure, so that a run can be replayed. */
export const step = (condition: Condition, watch: Watch, seen: Observation): Verdict => {
  if (watch.phase === 'idle') return whenQuiet(condition, seen)
  return watch.phase === 'pending' ? whenPending(condition, watch, seen) : whenFiring(condition, watch, seen)
}
