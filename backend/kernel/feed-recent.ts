import { feedLimits } from '#protocol/feed.ts'
import { changeFrames, type Line } from './feed-frames.ts'
import type { Subscriber } from './subscriber.ts'

/**
 * The last changes that were sent, in memory: who was away for seconds needs no read to go on, and thousands who come back
 * from one place of the log are sent one text. As much as fits into a frame, so that nobody waits behind it for long.
 */
export interface RecentChanges {
  /** Every change above this log size is here. */
  readonly from: number
  /** The next ones, which bring it to log size `to`. */
  add(lines: readonly Line[], to: number): void
  /** Nothing before this log size is here. */
  reset(from: number): void
  /** What this subscriber lacks; undefined where it lacks more than is here. */
  framesFor(subscriber: Pick<Subscriber, 'position' | 'from' | 'key'>): readonly string[] | undefined
}

/** Texts that are kept: places and sets of collections are the clients' to choose, and each text may fill a frame. */
export const sharedTexts = 64

export const createRecentChanges = (size: number, bound: number = feedLimits.frameBytes): RecentChanges => {
  let kept: { readonly line: Line; readonly bytes: number }[] = []
  let bytes = 0
  let [from, reached] = [size, size]
  /** By place and collections, until the next change. */
  const shared = new Map<string, readonly string[]>()

  const forget = (): void => {
    let first = 0
    for (const { line, bytes: size } of kept) {
      // All changes of an entry go together.
      if (bytes <= bound && line.offset !== from) break
      from = line.offset
      bytes -= size
      first++
    }
    kept = kept.slice(first)
  }
  const after = (position: number): readonly Line[] => {
    const first = kept.findIndex(({ line }) => line.offset > position)
    return first < 0 ? [] : kept.slice(first).map(({ line }) => line)
  }
  return {
    get from() {
      return from
    },
    add: (lines, to) => {
      shared.clear()
      reached = to
      for (const line of lines) {
        const size = Buffer.byteLength(line.text())
        kept.push({ line, bytes: size })
        bytes += size
      }
      if (bytes > bound) forget()
    },
    reset: (to) => {
      shared.clear()
      kept = []
      bytes = 0
      from = to
      reached = to
    },
    framesFor: ({ position, from: begins, key }) => {
      if (position < from) return undefined
      const make = (): readonly string[] =>
        changeFrames(
          after(position).filter(({ collection, offset }) => offset > (begins.get(collection) ?? offset)),
          reached,
        )
      // It has more of one collection than of another: hardly anybody else's case.
      if ([...begins.values()].some((begin) => begin > position)) return make()
      const name = `${position} ${key}`
      const known = shared.get(name)
      if (known) return known
      const frames = make()
      const oldest = shared.size < sharedTexts ? undefined : shared.keys().next().value
      if (oldest !== undefined) shared.delete(oldest)
      shared.set(name, frames)
      return frames
    },
  }
}
