import type { Storage, StoredChange } from '../storage/port.ts'
import { freshly } from './freshly.ts'

/** What subscribers ask of the change rows; thousands who come back at once, from one place of the log, ask the same. */
export interface FeedReads {
  /** Of this stretch, as {@link Storage} gives it; a read of the same stretch under way is shared. */
  after(position: number, upTo: number): Promise<readonly StoredChange[]>
  /** Read after the call: what retention took before it is known. */
  oldest(): Promise<number>
}

/** Changes read at once. */
const chunk = 2_000

export const createFeedReads = ({ changes }: Pick<Storage, 'changes'>): FeedReads => {
  const running = new Map<string, Promise<readonly StoredChange[]>>()
  return {
    after: (position, upTo) => {
      const stretch = `${position} ${upTo}`
      const known = running.get(stretch)
      if (known) return known
      const read = changes.after(position, upTo, chunk).finally(() => running.delete(stretch))
      running.set(stretch, read)
      return read
    },
    oldest: freshly(() => changes.oldest()),
  }
}
