import { app } from 'electron'

/** Longer than the backend's own drain: what has not ended by then never will, and a hidden app would stay for good. */
const limitMs = 20_000

/**
 * Ends the app in order: `drain` once, however often quitting is asked for, then the windows and the process.
 * @returns whether quitting has begun
 */
export function orderlyQuit(drain: () => Promise<void>): { readonly begun: () => boolean } {
  let state: 'running' | 'draining' | 'drained' = 'running'
  app.on('before-quit', (event) => {
    if (state === 'drained') return
    event.preventDefault()
    if (state === 'draining') return
    state = 'draining'
    const late = new Promise<void>((resolve) => setTimeout(resolve, limitMs).unref())
    void Promise.race([drain(), late])
      .catch(() => {})
      .then(() => {
        state = 'drained'
        app.quit()
      })
  })
  return { begun: () => state !== 'running' }
}
