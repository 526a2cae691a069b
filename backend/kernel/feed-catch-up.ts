import { changeFrames, lineOf } from './feed-frames.ts'
import { type FeedDeps, type FeedState, restart } from './feed-rights.ts'
import type { Subscriber } from './subscriber.ts'

/** Changes read at once. */
const chunk = 2_000

/**
 * Sends what was committed since a subscriber's cursors, from the change rows, until it has all that live subscribers
 * have. The check and the switch to live are one synchronous step, and the live path goes on from exactly there: no
 * change is missed and none comes twice.
 */
export const catchUp = async (subscriber: Subscriber, state: FeedState, deps: FeedDeps): Promise<void> => {
  while (!subscriber.closed && subscriber.position < state.flushed) {
    const upTo = state.flushed
    const changes = await deps.storage.changes.after(subscriber.position, upTo, chunk)
    const oldest = await deps.storage.changes.oldest()
    if (subscriber.closed) return
    if (oldest > subscriber.position) {
      leapOver(subscriber, Math.min(oldest, upTo), deps)
      continue
    }
    // Whether more follows is known only by asking again: a read ends at a whole entry, not at a count.
    const to = changes.at(-1)?.offset ?? upTo
    const lines = changes.filter(({ collection, offset }) => offset > (subscriber.from.get(collection) ?? offset))
    for (const frame of changeFrames(lines.map(lineOf), to)) subscriber.send(frame)
    subscriber.position = to
    await subscriber.room()
  }
  subscriber.live = true
}

/** Retention took change rows that were still wanted: those collections begin again with a snapshot. */
const leapOver = (subscriber: Subscriber, oldest: number, deps: FeedDeps): void => {
  subscriber.position = oldest
  for (const [collection, from] of [...subscriber.from]) {
    if (from < oldest) restart(subscriber, collection, oldest, deps)
  }
}
