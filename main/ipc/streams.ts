import type { Dispose } from '#main/link/desk.ts'

/**
 * A subscription as an async iterator for one consumer. What arrives while it is busy is merged into one item, so a
 * slow window costs one item's memory. Ends, unsubscribed, when the signal aborts or the consumer returns.
 * @param source.first what is yielded at once; undefined waits for the first event
 */
export async function* merged<Event, Item extends {}>(source: {
  readonly subscribe: (listener: (event: Event) => void) => Dispose
  readonly merge: (waiting: Item | undefined, event: Event) => Item
  readonly first: Item | undefined
  readonly signal: AbortSignal | undefined
}): AsyncGenerator<Item, void> {
  const { signal } = source
  let waiting = source.first
  let wake = (): void => {}
  const dispose = source.subscribe((event) => {
    waiting = source.merge(waiting, event)
    wake()
  })
  const stop = (): void => wake()
  signal?.addEventListener('abort', stop)
  try {
    while (!signal?.aborted) {
      const item = waiting
      waiting = undefined
      if (item !== undefined) yield item
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    dispose()
    signal?.removeEventListener('abort', stop)
  }
}

/** The present value at once, then each later one; a slow consumer sees only the newest. */
export const latest = <Item extends {}>(
  present: Item | undefined,
  subscribe: (listener: (item: Item) => void) => Dispose,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void> => merged({ subscribe, merge: (_, item: Item) => item, first: present, signal })
