/** How often a window hears of one file's progress. */
const everyMs = 100

/**
 * Runs `work` and yields what it tells. Ending the iterator, or `signal`, aborts the work and waits until it has cleaned
 * up.
 */
export async function* told<Item extends {}>(
  work: (tell: (item: Item) => void, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void> {
  const ending = new AbortController()
  const waiting: Item[] = []
  let wake = (): void => {}
  const abort = (): void => {
    ending.abort()
    wake()
  }
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) ending.abort()
  const tell = (item: Item): void => {
    waiting.push(item)
    wake()
  }
  let ended = false
  const done = work(tell, ending.signal).finally(() => {
    ended = true
    wake()
  })
  done.catch(() => {})
  try {
    while (!ending.signal.aborted) {
      const item = waiting.shift()
      if (item !== undefined) yield item
      else if (ended) break
      else await new Promise<void>((resolve) => (wake = resolve))
    }
    if (!ending.signal.aborted) await done
  } finally {
    ending.abort()
    signal?.removeEventListener('abort', abort)
    await done.catch(() => {})
  }
}

/** Lets through the first call of each tenth of a second. */
export function sparsely<Arguments extends readonly unknown[]>(
  tell: (...args: Arguments) => void,
  now = performance.now.bind(performance),
): (...args: Arguments) => void {
  let last = Number.NEGATIVE_INFINITY
  return (...args) => {
    if (now() - last < everyMs) return
    last = now()
    tell(...args)
  }
}
