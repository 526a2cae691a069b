import { closeCodes } from '#protocol/feed.ts'
import type { StoredChange } from '../storage/port.ts'
import { catchUp } from './feed-catch-up.ts'
import { changeFrames, encode, type Line, lineOf } from './feed-frames.ts'
import { openSubscription, sendPage } from './feed-open.ts'
import { createFeedReads } from './feed-reads.ts'
import { endFallen, type FeedDeps, type FeedState, recheck as recheckOne, restart } from './feed-rights.ts'
import type { FeedSource } from './kernel.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'

/** Under load, changes gather for at least 16 ms and at most 50. */
export const coalesceMs = { least: 16, most: 50 } as const
/** A flush that took less is no load: for a desktop or two, each commit leaves at once. */
const cheapMs = 1
const sessionLookMs = 1_000

/** The feed with what only the kernel does to it. */
export interface LiveFeed extends FeedSource {
  /** Changes of a commit that brought the log to `size`. */
  committed(changes: readonly StoredChange[], size: number): void
  /** The log has reached `size`, by changes that are not there any more: who lacks them gets snapshots. */
  leapt(size: number): void
  /** Another epoch of this collection is served from here on. */
  swapped(collection: string): void
  /** Sessions or roles changed: what each may read is judged anew. */
  recheck(): void
  stop(): void
}

export const createFeed = (deps: FeedDeps, size: number): LiveFeed => {
  const state: FeedState = { flushed: size, subscribers: new Set(), reads: createFeedReads(deps.storage) }
  let pending: Line[] = []
  let pendingTo = size
  let pendingSince = 0
  let lastFlush = 0
  let lastCost = 0
  let cancel: (() => void) | undefined
  let shedding = false

  const flush = (): void => {
    cancel?.()
    cancel = undefined
    if (pendingTo === state.flushed) return
    const began = performance.now()
    const lines = pending
    pending = []
    state.flushed = pendingTo
    deliver(state, lines, pendingTo)
    lastFlush = performance.now()
    lastCost = lastFlush - began
    deps.figures.feedLag(lastFlush - pendingSince)
  }
  const schedule = (): void => {
    if (cancel) return
    const pause = Math.min(coalesceMs.most, Math.max(coalesceMs.least, lastCost * 2))
    const wait = lastCost < cheapMs ? 0 : lastFlush + pause - performance.now()
    if (wait <= 0) {
      // Not in this turn: the commit's own answers go first.
      const immediate = setImmediate(flush)
      cancel = () => clearImmediate(immediate)
    } else {
      const timer = setTimeout(flush, wait)
      cancel = () => clearTimeout(timer)
    }
  }
  const follow = (subscriber: Subscriber): void => {
    catchUp(subscriber, state, deps).catch((thrown: unknown) => {
      deps.failed('feed.catch-up-failed', thrown)
      subscriber.close(closeCodes.drained, 'storage')
    })
  }
  const recheck = (): void => {
    for (const subscriber of state.subscribers) recheckOne(subscriber, deps)
  }
  /** Rights change by events alone; that a session is over may be a matter of time. */
  const expire = (): void => {
    for (const subscriber of state.subscribers) endFallen(subscriber, deps)
  }
  const looking = setInterval(expire, sessionLookMs)
  looking.unref()

  return {
    subscribers: () => state.subscribers.size,
    open: async (opening) => {
      const subscriber = createSubscriber(opening, () => state.subscribers.delete(subscriber))
      // It may come from another instance, and have seen more than this one.
      await deps.latest()
      flush()
      const oldest = await state.reads.oldest()
      openSubscription(subscriber, oldest, state, deps)
      follow(subscriber)
      return {
        page: async (collection, after) => {
          try {
            await subscriber.alone(() => sendPage(subscriber, collection, after, deps))
          } finally {
            follow(subscriber)
          }
        },
        end: () => subscriber.end(),
      }
    },
    publish: (frame) => {
      const text = encode(frame)
      for (const subscriber of state.subscribers) {
        if (!subscriber.telemetry) continue
        const sent = shedding ? subscriber.skip(frame) : subscriber.sample(frame, text)
        if (!sent) deps.figures.telemetryDropped()
      }
    },
    shed: (on) => {
      shedding = on
    },
    committed: (changes, to) => {
      if (to === pendingTo) return
      if (pendingTo === state.flushed) pendingSince = performance.now()
      pending.push(...changes.map(lineOf))
      pendingTo = to
      schedule()
    },
    leapt: (to) => {
      flush()
      pending = []
      pendingTo = to
      state.flushed = to
      for (const subscriber of state.subscribers) {
        subscriber.live = false
        follow(subscriber)
      }
    },
    swapped: (collection) => {
      flush()
      for (const subscriber of state.subscribers) restart(subscriber, collection, state.flushed, deps)
    },
    recheck,
    stop: () => {
      flush()
      clearInterval(looking)
      for (const subscriber of state.subscribers) subscriber.close(closeCodes.drained, 'drained')
    },
  }
}

/** One string per distinct set of collections, shared by everyone who reads that set. */
const deliver = ({ subscribers }: FeedState, lines: readonly Line[], to: number): void => {
  const frames = new Map<string, readonly string[]>()
  for (const subscriber of subscribers) {
    if (!subscriber.live) continue
    let theirs = frames.get(subscriber.key)
    if (!theirs) {
      theirs = changeFrames(
        lines.filter(({ collection }) => subscriber.from.has(collection)),
        to,
      )
      frames.set(subscriber.key, theirs)
    }
    for (const frame of theirs) subscriber.send(frame)
    subscriber.position = to
  }
}
