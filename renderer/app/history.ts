import type { ErrorCode } from '#protocol/errors.ts'

const historyFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'log.rewritten',
  'log.shorter',
  'log.restored',
  'log.seen-unreadable',
  'log.unsigned',
  'log.note-forged',
  'log.other-log',
])

/** The backend's log is not the one that this desktop saw: no reconnection mends it. */
export const isHistoryFailure = (code: ErrorCode): boolean => historyFailures.has(code)
