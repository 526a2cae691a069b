import type { Coverage } from '#protocol/sealed.ts'
import type { paperCustodian } from '#protocol/sealed-value.ts'

/** The contract's own word, whose import would bring its schemas along. */
export const paper: typeof paperCustodian = 'paper:recovery'

/** Whether anything can be sealed, and what is wrong where something is; the worst comes first. */
export const classState = ({
  custodians,
  keys,
  lost,
}: Coverage): 'lost' | 'closed' | 'skipping' | 'pending' | 'ready' => {
  const usable = custodians.filter(({ unusable }) => unusable === null)
  if (lost > 0) return 'lost'
  if (usable.length < 2 || usable.every(({ custodian }) => custodian === paper)) return 'closed'
  if (usable.length < custodians.length) return 'skipping'
  return usable.some((it) => it.keys < keys) ? 'pending' : 'ready'
}

/** How many keys a custodian still lacks. */
export const lacking = ({ keys }: Pick<Coverage, 'keys'>, custodian: Coverage['custodians'][number]): number =>
  Math.max(0, keys - custodian.keys)
