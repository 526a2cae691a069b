import { app, dialog } from 'electron'
import { codeOf, placeOf } from './error-place.ts'
import { type LaunchOptions, mayPrompt } from './launch-options.ts'
import { logAtOnce } from './logging.ts'
import type { Say } from './texts.ts'

/**
 * Ends an app that could not start: an empty window that stays would say nothing, and a script would take it for a
 * success. Says why in the log, on standard error, and to a person in a dialog; exit code 1.
 */
export function endFailedStart(error: unknown, logs: string, launch: LaunchOptions, say: Say): void {
  const code = codeOf(error)
  const where = placeOf(error)
  logAtOnce(logs, 'app.start-failed', { code, where })
  process.stderr.write(`libral: start-failed ${JSON.stringify({ code, where })}\n`)
  if (mayPrompt(launch) && app.isReady())
    dialog.showErrorBox(say('start-failed.title'), `${say('start-failed.body')}\n\n${code} ${where}\n${logs}`)
  app.exit(1)
}
