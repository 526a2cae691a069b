import { traceOf } from './transport/failure.ts'
import type { Log } from './transport/services.ts'

/** EX_SOFTWARE of sysexits.h: an error that nobody foresaw. */
const unforeseen = 70

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
