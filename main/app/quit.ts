import { app } from 'electron'

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
    void drain()
      .catch(() => {})
      .then(() => {
        state = 'drained'
        app.quit()
      })
  })
  return { begun: () => state !== 'running' }
}
