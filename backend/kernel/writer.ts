import type { Storage, Writer } from '../storage/port.ts'
import { makeQueue } from './queue.ts'

/**
 * Everything that writes rows, entries or epochs passes here, one at a time: group commits, slices of a rebuild,
 * retention. `after` runs before the next turn begins, so that what memory says of epochs and keys is what the next
 * transaction finds; it must not throw.
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
        const value = await storage.write(work)
        after?.(value)
        return value
      }),
    idle: () => inTurn(async () => undefined),
  }
}
