import type { Instant } from '#protocol/ids.ts'
import type { Question, QuestionReason, QuestionRow } from '#protocol/payments-records.ts'

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
/**
 * Of one provider at one look of the janitor. A thousand links that buyers have just been given would be a thousand
 * questions every three seconds, beside webhooks that tell the same: no provider answers that for long.
 */
export const mostAtOnce = 60

/** What of the open questions is asked now: of each provider those that are overdue longest, links after all others. */
export const dueNow = <Open extends QuestionRow>(
  open: readonly Open[],
  asked: ReadonlyMap<string, Instant>,
  now: Instant,
): readonly Open[] => {
  const due = open
    .map((question) => ({ question, at: nextAsk(question, asked.get(question.payment) ?? null) }))
    .filter(({ at }) => at <= now)
    .sort((one, other) => isLink(one.question) - isLink(other.question) || one.at - other.at)
  const counts = new Map<string, number>()
  return due.flatMap(({ question }) => {
    const count = (counts.get(question.provider) ?? 0) + 1
    counts.set(question.provider, count)
    return count <= mostAtOnce ? [question] : []
  })
}
const isLink = ({ reason }: Question): number => (reason === 'link' ? 1 : 0)

/** It no longer matters: asked a last time, and dropped. */
export const isOver = ({ until }: Pick<Question, 'until'>, now: Instant): boolean => until !== null && now >= until

/** After this long somebody has to look. */
export const longUnknownMs = 24 * hour
