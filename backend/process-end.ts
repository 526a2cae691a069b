import { traceOf } from './transport/failure.ts'
import type { Log } from './transport/services.ts'

/** EX_SOFTWARE of sysexits.h: an error that nobody foresaw. */
export const unforeseen = 70
const drainAtMostMs = 15_000

/**
 * An error that nobody caught ends the process: its state is unknown, everything acknowledged is on disk, and whoever
 * started it starts it again. The line carries the error's name and place, not its message.
 */
export const endOnUncaught = (log: Log): void => {
  const end = (event: string) => (thrown: unknown) => {
    log.error(event, traceOf(thrown))
    process.exit(unforeseen)
  }
  process.on('uncaughtException', end('process.uncaught'))
  process.on('unhandledRejection', end('process.unhandled'))
}

/** For a host that ends by itself because something is broken: a drain that hangs on it must not keep the process. */
export const endAtLatest = (exitCode: number): void => {
  if (exitCode !== 0) setTimeout(() => process.exit(exitCode), drainAtMostMs).unref()
}
