import type { SentRecord } from '#main/replica/messages.ts'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'

/** Here the link, the connection's session or the backend itself failed, not the command. */
const undecided: ReadonlySet<ErrorCode> = new Set([
  'link.offline',
  'link.time-out',
  'link.overloaded',
  'session.required',
  'session.expired',
  'session.ended',
  'internal.unexpected',
  'storage.full',
])

/**
 * What a failed try makes of a command; null: nothing is known yet, send it again. The door looks an id up before
 * anything else, so the same command sent again answers with what was decided the first time, whatever the time.
 */
export const judge = (record: SentRecord, thrown: unknown): SentRecord | null => {
  if (!(thrown instanceof LibralError) || undecided.has(thrown.code)) return null
  const state = thrown.code === 'command.expired' ? 'expired' : 'refused'
  return { ...record, state, failure: thrown.failure }
}
