import type { WebContents } from 'electron'
import type { Log } from './logging.ts'

const most = 3
const withinMs = 60_000
const afterMs = 100

/**
 * Loads a page again after its process died, at most three times a minute.
 * @param notice is told `resumed`, or `gone` when it is given up
 */
export function reviveContents(contents: WebContents, log: Log, notice: (what: 'resumed' | 'gone') => void): void {
  let recent: readonly number[] = []
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log.error('page.gone', { contents: contents.id, reason, exitCode })
    if (reason === 'clean-exit' || contents.isDestroyed()) return
    recent = [...recent, Date.now()].filter((at) => at > Date.now() - withinMs)
    if (recent.length > most) return notice('gone')
    notice('resumed')
    // Within this event Chromium is still taking the old process down: loading now ends the whole app (Electron 42).
    setTimeout(() => {
      if (!contents.isDestroyed()) contents.reload()
    }, afterMs)
  })
}
