import { app, crashReporter } from 'electron'
import { codeOf, placeOf } from './error-place.ts'
import { type Log, logAtOnce } from './logging.ts'

/** Minidumps stay in the profile (`Crashpad`): nothing is ever sent. */
export function startCrashReports(): void {
  crashReporter.start({ uploadToServer: false, compress: true })
}

const most = 5
const withinMs = 60_000

/**
 * Keeps going after an error that nobody caught, and says so in the log with its code and place, without its message;
 * ends the app when they don't stop.
 */
export function catchStrays(logs: string, end: () => void): void {
  let recent: readonly number[] = []
  const note = (event: string) => (error: unknown) => {
    logAtOnce(logs, event, { code: codeOf(error), where: placeOf(error) })
    recent = [...recent, Date.now()].filter((at) => at > Date.now() - withinMs)
    if (recent.length > most) end()
  }
  process.on('uncaughtException', note('main.uncaught'))
  process.on('unhandledRejection', note('main.unhandled'))
}

/** Deaths of Chromium's other processes, for the log. */
export function watchChildren(log: Log): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode }) =>
    log.warn('process.gone', { type, reason, exitCode }),
  )
}
