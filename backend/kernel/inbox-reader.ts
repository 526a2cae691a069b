import type { InboxItem, SettledInboxItem } from '../storage/port.ts'
import { inBatches } from './together.ts'

export interface Reading {
  /** Messages that are open at once. */
  readonly room: number
  /** Between two looks at what others left. */
  readonly idleMs: number
  readonly ready: () => boolean
  claim(room: number): Promise<readonly InboxItem[]>
  /** undefined: later, once its lease has run out. Never throws. */
  judge(item: InboxItem): Promise<SettledInboxItem | undefined>
  settle(settled: readonly SettledInboxItem[]): Promise<void>
  failed(thrown: unknown): void
}

/** Between two claims while messages are open, and before verdicts are written: what comes meanwhile shares a transaction. */
const restMs = 10

export interface SourceReader {
  /** There is something to claim. */
  kick(): void
  /**
   * How many of `wanted` messages that are just coming in it takes into its hands without a claim; room is kept for them
   * until {@link SourceReader.take}. None while others may still wait for their turn.
   */
  reserve(wanted: number): number
  /** Those that were kept, of so many reserved. */
  take(items: readonly InboxItem[], reserved: number): void
  stop(): void
}

/**
 * Reads one source, at once after a kick and now and then without one. Each message is settled as soon as it is judged:
 * one that waits for a slow provider holds back none that came after it.
 */
export const readOn = (reading: Reading): SourceReader => {
  let timer: NodeJS.Timeout | undefined
  let open = 0
  /** The last claim took all that there was room for, or none was made yet: there may be more. */
  let full = true
  let working = false
  let again = false
  let stopped = false
  /** Nobody waits for it: verdicts share a transaction. */
  const settle = inBatches({ most: reading.room, restMs }, async (settled: readonly SettledInboxItem[]) => {
    await reading.settle(settled)
    return settled
  })

  /** What is open when it is stopped may find its store closed: its lease runs out, and somebody is given it again. */
  const failed = (thrown: unknown): void => {
    if (!stopped) reading.failed(thrown)
  }
  const one = async (item: InboxItem): Promise<void> => {
    try {
      const verdict = await reading.judge(item)
      if (verdict !== undefined) await settle(verdict)
    } catch (thrown) {
      failed(thrown)
    } finally {
      open--
      if (full) kick()
    }
  }
  const claim = async (): Promise<void> => {
    // Half is for what comes straight from its sender meanwhile, unless others wait for their turn.
    const left = reading.room - open
    const room = full ? left : Math.ceil(left / 2)
    full = room === 0
    if (full || !reading.ready()) return
    open += room
    let items: readonly InboxItem[] = []
    try {
      items = await reading.claim(room)
    } finally {
      open -= room - items.length
    }
    full = items.length === room
    for (const item of items) void one(item)
  }
  const work = async (): Promise<void> => {
    do {
      again = false
      await claim()
      if (open > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    } while (again && !stopped)
  }
  const kick = (): void => {
    again = true
    if (stopped || working) return
    clearTimeout(timer)
    working = true
    work()
      .catch(failed)
      .finally(() => {
        working = false
        if (stopped) return
        // What came in just now is not left for a second.
        if (again) return kick()
        timer = setTimeout(kick, reading.idleMs)
        timer.unref()
      })
  }
  const reserve = (wanted: number): number => {
    if (full || stopped || !reading.ready()) return 0
    const count = Math.min(wanted, reading.room - open)
    open += count
    if (count < wanted) full = true
    return count
  }
  const take = (items: readonly InboxItem[], reserved: number): void => {
    open -= reserved - items.length
    for (const item of items) void one(item)
    if (full) kick()
  }
  const stop = (): void => {
    stopped = true
    clearTimeout(timer)
  }
  return { kick, reserve, take, stop }
}
