import { closeCodes } from '#protocol/feed.ts'
import type { StoredChange } from '../storage/port.ts'
import { catchUp } from './feed-catch-up.ts'
import { changeFrames, encode, type Line, lineOf } from './feed-frames.ts'
import { openSubscription, sendPage } from './feed-open.ts'
import { createFeedReads } from './feed-reads.ts'
import { createRecentChanges } from './feed-recent.ts'
import { endFallen, type FeedDeps, type FeedState, recheck as recheckOne, restart } from './feed-rights.ts'
import type { FeedSource, FeedSubscription } from './kernel.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'

/** Under load, changes gather for at least 16 ms and at most 50. */
export const coalesceMs = { least: 16, most: 50 } as const
/** A flush that took less is no load: for a desktop or two, each commit leaves at once. */
const cheapMs = 1
const sessionLookMs = 1_000
/** Subscribers that are sent to in one turn of the loop: with thousands of them, calls are answered in between. */
const perTurn = 256

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
  const state: FeedState = {
    flushed: size,
    subscribers: new Set(),
    reads: createFeedReads(deps.storage),
    recent: createRecentChanges(size, deps.recentBytes),
  }
  let pending: Line[] = []
  let pendingTo = size
  let pendingSince = 0
  let lastFlush = 0
  let lastCost = 0
  let cost = 0
  /** One after the other, so that each subscriber gets them in order. */
  const deliveries: Delivery[] = []
  let cancel: (() => void) | undefined
  let shedding = false

  const flush = (): void => {
    cancel?.()
    cancel = undefined
    if (pendingTo === state.flushed) return
    state.flushed = pendingTo
    state.recent.add(pending, pendingTo)
    deliveries.push(createDelivery(state, pending, pendingTo, pendingSince))
    pending = []
    lastFlush = performance.now()
    if (deliveries.length === 1) deliver(perTurn)
  }
  /** Goes on with what is being sent, and with the rest in later turns. */
  const deliver = (most: number): void => {
    const [delivery] = deliveries
    if (!delivery) return
    const began = performance.now()
    const done = delivery.send(most)
    const now = performance.now()
    cost += now - began
    if (done) {
      deliveries.shift()
      deps.figures.feedLag(now - delivery.since)
      lastCost = cost
      cost = 0
    }
    if (deliveries.length > 0) setImmediate(() => deliver(perTurn))
    else if (pendingTo !== state.flushed) schedule()
  }
  const flushToEnd = (): void => {
    flush()
    while (deliveries.length > 0) deliver(Number.POSITIVE_INFINITY)
  }
  const schedule = (): void => {
    // What comes meanwhile is sent together afterwards.
    if (cancel || deliveries.length > 0) return
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
  const begun = (subscriber: Subscriber): FeedSubscription => {
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
      openSubscription(subscriber, { oldest, whole: false }, state, deps)
      return begun(subscriber)
    },
    resume: (opening) => {
      const ahead = Object.values(opening.cursors).some((cursor) => cursor !== null && cursor.offset > state.flushed)
      if (ahead) flush()
      const subscriber = createSubscriber(opening, () => state.subscribers.delete(subscriber))
      const here = { oldest: state.recent.from, whole: true }
      return openSubscription(subscriber, here, state, deps) ? begun(subscriber) : undefined
    },
    publish: (frame) => {
      const text = encode(frame)
      const send = inTurns(state.subscribers, (subscriber) => {
        if (!subscriber.telemetry) return
        const sent = shedding ? subscriber.skip(frame) : subscriber.sample(frame, text)
        if (!sent) deps.figures.telemetryDropped()
      })
      const go = (): void => {
        if (!send(perTurn)) setImmediate(go)
      }
      go()
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
      flushToEnd()
      pending = []
      pendingTo = to
      state.flushed = to
      state.recent.reset(to)
      for (const subscriber of state.subscribers) {
        subscriber.live = false
        follow(subscriber)
      }
    },
    swapped: (collection) => {
      flushToEnd()
      for (const subscriber of state.subscribers) restart(subscriber, collection, state.flushed, deps)
    },
    recheck,
    stop: () => {
      flushToEnd()
      clearInterval(looking)
      for (const subscriber of state.subscribers) subscriber.close(closeCodes.drained, 'drained')
    },
  }
}

/** Works through a set, so many at a time; answers true once it is through. What comes or goes meanwhile is heeded. */
const inTurns = <T>(all: ReadonlySet<T>, work: (one: T) => void): ((most: number) => boolean) => {
  const left = all.values()
  return (most) => {
    for (let nth = 0; nth < most; nth++) {
      const { value, done } = left.next()
      if (done) return true
      work(value)
    }
    return false
  }
}

interface Delivery {
  /** performance.now() when the first of its changes was there. */
  readonly since: number
  /** Sends to so many more; answers true once all have it. */
  send(most: number): boolean
}

/** One string per distinct set of collections, shared by everyone who reads that set. */
const createDelivery = ({ subscribers }: FeedState, lines: readonly Line[], to: number, since: number): Delivery => {
  const frames = new Map<string, readonly string[]>()
  const send = inTurns(subscribers, (subscriber) => {
    // Who came or caught up meanwhile has it already; who is catching up reads it from the storage.
    if (!subscriber.live || subscriber.position >= to) return
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
  })
  return { since, send }
}
