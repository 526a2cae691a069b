import type { Live } from './live.ts'
import { desktopState, samples, settings } from './streams.ts'

/** After this long a window shows what it has, which is then its skeleton. */
const limitMs = 250

const firstOf = (store: Live<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const stop = store.subscribe(() => {
      stop()
      resolve()
    })
  })

/**
 * Asks main for what the first page shows, and resolves when it is there: rendering once with figures takes half the
 * time of rendering a skeleton first.
 */
export const firstData = async (): Promise<void> => {
  const came = Promise.all([firstOf(settings), firstOf(desktopState), firstOf(samples)])
  await Promise.race([came, new Promise((resolve) => setTimeout(resolve, limitMs))])
}
