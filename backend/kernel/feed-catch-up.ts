import { changeFrames, lineOf } from './feed-frames.ts'
import { type FeedDeps, type FeedState, restart } from './feed-rights.ts'
import type { Subscriber } from './subscriber.ts'

/**
 * Sends what was committed since a subscriber's cursors, from memory or from the change rows, until it has all that live subscribers
 * have. The check and the switch to live are one synchronous step, and the live path goes on from exactly there: no
 * change is missed and none comes twice.
 */
export const catchUp = async (subscriber: Subscriber, state: FeedState, deps: FeedDeps): Promise<void> => {
  if (subscriber.following || subscriber.live) return
  subscriber.following = true
  while (!subscriber.closed) {
    if (await subscriber.alone(() => stretch(subscriber, state, deps))) return
    await subscriber.room()
  }
}

/** One read and what it gives. Answers true once the subscriber is live, or gone. */
const stretch = async (subscriber: Subscriber, state: FeedState, deps: FeedDeps): Promise<boolean> => {
  if (subscriber.position >= state.flushed) return live(subscriber)
  const recent = state.recent.framesFor(subscriber)
  if (recent) {
    for (const frame of recent) subscriber.send(frame)
    subscriber.position = state.flushed
    return live(subscriber)
  }
  const upTo = state.flushed
  const changes = await state.reads.after(subscriber.position, upTo)
  const oldest = await state.reads.oldest()
  if (subscriber.closed) return true
  if (oldest > subscriber.position) {
    leapOver(subscriber, Math.min(oldest, upTo), deps)
    return false
  }
  // Whether more follows is known only by asking again: a read ends at a whole entry, not at a count.
  const to = changes.at(-1)?.offset ?? upTo
  const lines = changes.filter(({ collection, offset }) => offset > (subscriber.from.get(collection) ?? offset))
  for (const frame of changeFrames(lines.map(lineOf), to)) subscriber.send(frame)
  subscriber.position = to
  return false
}

const live = (subscriber: Subscriber): true => {
  subscriber.live = true
  subscriber.following = false
  return true
}

/** Retention took change rows that were still wanted: those collections begin again with a snapshot. */
const leapOver = (subscriber: Subscriber, oldest: number, deps: FeedDeps): void => {
  subscriber.position = oldest
  for (const [collection, from] of [...subscriber.from]) {
    if (from < oldest) restart(subscriber, collection, oldest, deps)
  }
}
