import { recordRefusals } from '#protocol/session.ts'
import type { RefusalCount } from '../../kernel/kernel.ts'
import type { ServiceCommand } from '../../kernel/module.ts'

const bound = 100

const summed = (refusals: readonly RefusalCount[]): RefusalCount[] => {
  const byCause = Map.groupBy(refusals, ({ actor, reason }) => `${actor.slice(0, 64)} ${reason.slice(0, 64)}`)
  return [...byCause.values()].flatMap((same) => {
    const first = same[0]
    if (!first) return []
    const count = same.reduce((sum, refusal) => sum + refusal.count, 0)
    return [{ actor: first.actor.slice(0, 64), reason: first.reason.slice(0, 64), count }]
  })
}

/**
 * The entry that says what was refused, most frequent first; what does not fit is counted together under `*`, so that a
 * flood of names can't hide how many there were.
 *
 * @returns null when nothing was refused
 */
export const refusalsCommand = (
  refusals: readonly RefusalCount[],
): ServiceCommand<typeof recordRefusals.params> | null => {
  const sorted = summed(refusals.filter(({ count }) => count > 0)).sort((one, other) => other.count - one.count)
  if (sorted.length === 0) return null
  if (sorted.length <= bound) return { command: recordRefusals, params: { refusals: sorted } }
  const rest = sorted.slice(bound - 1).reduce((sum, refusal) => sum + refusal.count, 0)
  return {
    command: recordRefusals,
    params: { refusals: [...sorted.slice(0, bound - 1), { actor: '*', reason: '*', count: rest }] },
  }
}
