import { useEffect, useState } from 'react'
import type { Failure } from '#protocol/errors.ts'
import { type BookRange, type BooksPreview, bookNames, rates } from '#protocol/payments-books.ts'
import { transfers } from '#protocol/payments-records.ts'
import { watchCollection } from '../../../app/collection.ts'
import { desktop } from '../../../app/desktop.ts'
import { failureIn } from '../../../app/failure.ts'

export type PreviewState = BooksPreview | { readonly state: 'failed'; readonly failure: Failure }
const begun: PreviewState = { state: 'running', rows: 0 }

/** Quiet for this long, so that a month is not gone through anew for every payment of a busy minute. */
const restMs = 1_500

/** What a file of this range would hold; made anew when the books, the names or the rates change. */
export const usePreview = (range: BookRange | null): { readonly preview: PreviewState; readonly retry: () => void } => {
  const [found, setFound] = useState<{ readonly key: string; readonly now: PreviewState }>({ key: '', now: begun })
  const [asked, ask] = useState(0)
  const key = range === null ? '' : JSON.stringify(range)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const changed = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => ask((count) => count + 1), restMs)
    }
    const stops = [transfers.name, bookNames.name, rates.name].map((name) => watchCollection(name, changed))
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [])
  useEffect(() => {
    // Anew with each asking.
    if (key === '' || asked < 0) return
    const ending = new AbortController()
    const run = async (): Promise<void> => {
      try {
        const order = JSON.parse(key) as BookRange
        for await (const step of await desktop.payments.previewBooks(order, { signal: ending.signal })) {
          if (ending.signal.aborted) return
          // While the same range is gone through anew, what it held before stays.
          setFound((before) =>
            step.state === 'running' && before.key === key && before.now.state === 'done' ? before : { key, now: step },
          )
        }
      } catch (thrown) {
        if (!ending.signal.aborted) setFound({ key, now: { state: 'failed', failure: failureIn(thrown) } })
      }
    }
    void run()
    return () => ending.abort()
  }, [key, asked])
  return { preview: found.key === key ? found.now : begun, retry: () => ask((count) => count + 1) }
}
