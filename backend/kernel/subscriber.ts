import { closeCodes, type FeedFrame, feedLimits } from '#protocol/feed.ts'
import { encode } from './feed-frames.ts'
import type { FeedOpening } from './kernel.ts'
import { makeQueue, type Queue } from './queue.ts'

/** Above this a client is given no telemetry, and a catch-up waits. */
const backlogBytes = 256 * 1024
const telemetryBacklogBytes = 64 * 1024
const paceMs = 10

/** One feed connection: what it reads, how far it is, what waits in its socket. */
export interface Subscriber {
  readonly opening: FeedOpening
  /** Collections that it asked for, known or not, readable or not. */
  readonly asked: ReadonlySet<string>
  /** Those that it gets, each from the changes after this offset. */
  readonly from: ReadonlyMap<string, number>
  /** Subscribers with equal keys get the same frames. */
  readonly key: string
  /** Every change up to this log size has been sent. */
  position: number
  /** It follows the commits; otherwise it is catching up from the storage, or a page is being read for it. */
  live: boolean
  /** A catch-up is under way. */
  following: boolean
  telemetry: boolean
  readonly closed: boolean
  /** Collections that were reset: only a page from the start is answered, later ones belong to what was dropped. */
  readonly restarted: Set<string>
  /** Pages and stretches of a catch-up, one at a time: a page read earlier must never arrive after later changes. */
  readonly alone: Queue
  follow(collection: string, from: number): void
  leave(collection: string): void
  send(frame: string): void
  tell(frame: FeedFrame): void
  /** Sends unless there is a backlog; answers false then. `text` is the frame for those that missed nothing. */
  sample(frame: Extract<FeedFrame, { t: 'sample' | 'inventory' }>, text: string): boolean
  /** Counts a frame that is not sent. */
  skip(frame: Extract<FeedFrame, { t: 'sample' | 'inventory' }>): false
  close(code: number, reason: string): void
  /** The other side has gone. */
  end(): void
  /** Resolves when the socket has room again, or at once. */
  room(): Promise<void>
}

export const createSubscriber = (opening: FeedOpening, closed: () => void): Subscriber => {
  const from = new Map<string, number>()
  let key: string | undefined
  let buffered = 0
  let dropped = 0
  const waiting = (): number => opening.waiting?.() ?? buffered
  const self = {
    opening,
    asked: new Set(Object.keys(opening.cursors)),
    from,
    get key() {
      key ??= keyOf(from)
      return key
    },
    position: 0,
    live: false,
    following: false,
    alone: makeQueue(),
    telemetry: opening.telemetry,
    closed: false,
    restarted: new Set<string>(),
    follow: (collection: string, offset: number) => {
      from.set(collection, offset)
      key = undefined
    },
    leave: (collection: string) => {
      from.delete(collection)
      key = undefined
    },
    send: (frame: string) => {
      if (self.closed) return
      buffered = opening.send(frame)
      if (buffered > feedLimits.queueBytes) self.close(closeCodes.slow, 'slow')
    },
    tell: (frame: FeedFrame) => self.send(encode(frame)),
    sample: (frame: Extract<FeedFrame, { t: 'sample' | 'inventory' }>, text: string) => {
      if (waiting() > telemetryBacklogBytes) {
        if (frame.t === 'sample') dropped++
        // Without a way to ask, the next one is tried.
        buffered = 0
        return false
      }
      self.send(frame.t === 'sample' && dropped > 0 ? encode({ ...frame, dropped }) : text)
      if (frame.t === 'sample') dropped = 0
      return true
    },
    skip: (frame: Extract<FeedFrame, { t: 'sample' | 'inventory' }>) => {
      if (frame.t === 'sample') dropped++
      return false as const
    },
    close: (code: number, reason: string) => {
      if (self.closed) return
      self.closed = true
      closed()
      opening.close(code, reason)
    },
    end: () => {
      self.closed = true
      closed()
    },
    room: async () => {
      while (!self.closed && waiting() > backlogBytes) {
        await new Promise((resolve) => setTimeout(resolve, paceMs))
        if (!opening.waiting) return
      }
    },
  }
  return self
}

const keyOf = (from: ReadonlyMap<string, number>): string => [...from.keys()].sort().join(' ')
