import { setTimeout as pause } from 'node:timers/promises'
import { LibralError } from '#protocol/errors.ts'
import type { Storage, Writer } from '../storage/port.ts'
import { makeQueue } from './queue.ts'

/**
 * Everything that writes rows, entries or epochs passes here, one at a time: group commits, slices of a rebuild,
 * retention. `after` runs before the next turn begins, so that what memory says of epochs and keys is what the next
 * transaction finds; it must not throw.
 *
 * When the database goes away nobody knows whether the commit under way was kept. `work` is then run again as soon as it
 * answers: by the lock on `log_head` the lost transaction is over by then, so what `work` reads first (the ids of its
 * commands, how far a rebuild is) tells whether it was kept. So `work` must begin with that, and hold no state of its own.
 */
export interface OneWriter {
  run<T>(work: (writer: Writer) => Promise<T>, after?: (value: T) => void): Promise<T>
  /** Resolves when the turns so far are over. */
  idle(): Promise<void>
}

export const createOneWriter = (storage: Storage): OneWriter => {
  const inTurn = makeQueue()
  return {
    run: (work, after) =>
      inTurn(async () => {
        const value = await untilAnswered(() => storage.write(work))
        after?.(value)
        return value
      }),
    idle: () => inTurn(async () => undefined),
  }
}

/** As long as a client may wait; then it is told, and asks again with the same id. */
const patienceMs = 10_000
const againMs = { first: 50, most: 1_000 } as const

const untilAnswered = async <T>(write: () => Promise<T>): Promise<T> => {
  const until = performance.now() + patienceMs
  for (let wait: number = againMs.first; ; wait = Math.min(againMs.most, wait * 2)) {
    try {
      return await write()
    } catch (thrown) {
      const passes = thrown instanceof LibralError && thrown.code === 'storage.unavailable'
      if (!passes || performance.now() + wait > until) throw thrown
      await pause(wait)
    }
  }
}
