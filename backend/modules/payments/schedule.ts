import type { Instant } from '#protocol/ids.ts'
import type { Question, QuestionReason } from '#protocol/payments-records.ts'

/**
 * When a provider is asked again, pure: the pause grows with the time that the question has stood, between a least and a
 * most. It never ends before the answer, but where nothing is lost by that (`until`).
 */
interface Pace {
  readonly leastMs: number
  readonly mostMs: number
  /** The next pause as a share of the time so far. */
  readonly share: number
}
const minute = 60_000
const hour = 60 * minute
export const paces: Readonly<Record<QuestionReason, Pace>> = {
  unknown: { leastMs: 5_000, mostMs: 24 * hour, share: 1 },
  act: { leastMs: 2_000, mostMs: 6 * hour, share: 0.5 },
  // Somebody may be standing at the counter: PayPay advises every two or three seconds.
  link: { leastMs: 3_000, mostMs: hour, share: 0.1 },
  hold: { leastMs: minute, mostMs: 6 * hour, share: 0.5 },
  dispute: { leastMs: 10 * minute, mostMs: 6 * hour, share: 0.5 },
  fee: { leastMs: minute, mostMs: 24 * hour, share: 1 },
}

/** @param asked when this process asked last since the question stands; null: not yet, so it asks soon, also after a restart */
export const nextAsk = ({ reason, since }: Pick<Question, 'reason' | 'since'>, asked: Instant | null): Instant => {
  const { leastMs, mostMs, share } = paces[reason]
  if (asked === null || asked < since) return since + leastMs
  return asked + Math.min(mostMs, Math.max(leastMs, Math.floor((asked - since) * share)))
}
export const isDue = (question: Question, asked: Instant | null, now: Instant): boolean =>
  now >= nextAsk(question, asked)
/** It no longer matters: asked a last time, and dropped. */
export const isOver = ({ until }: Pick<Question, 'until'>, now: Instant): boolean => until !== null && now >= until

/** After this long somebody has to look. */
export const longUnknownMs = 24 * hour
