import type { SentRecord } from '#main/replica/messages.ts'
import type { Outcome } from '#protocol/command.ts'
import type { SentCommand } from '#protocol/desktop.ts'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import type { Desk } from './desk.ts'

/** Here the link, the connection's session or the backend itself failed, not the command. */
const undecided: ReadonlySet<ErrorCode> = new Set([
  'session.required',
  'session.expired',
  'session.ended',
  'internal.unexpected',
])
/** An earlier try may have come in, whatever this one met: busy, asked too often, a database that is away for a moment. */
const isUndecided = (code: ErrorCode): boolean =>
  undecided.has(code) || code.startsWith('link.') || code.startsWith('storage.')

/**
 * What a failed try makes of a command; null: nothing is known yet, send it again. The door looks an id up before
 * anything else, so the same command sent again answers with what was decided the first time, whatever the time.
 */
export const judge = (record: SentRecord, thrown: unknown): SentRecord | null => {
  if (!(thrown instanceof LibralError) || isUndecided(thrown.code)) return null
  const state = thrown.code === 'command.expired' ? 'expired' : 'refused'
  return { ...record, state, failure: thrown.failure }
}

/**
 * Whether a try failed since the session that signed the command is over, and another one stands by now: sent again it would
 * be refused for ever.
 * @param key of the session that stands
 */
export const outlivedItsKey = ({ signed }: SentRecord, thrown: unknown, key: string | undefined): boolean =>
  thrown instanceof LibralError &&
  (thrown.code === 'session.expired' || thrown.code === 'session.ended') &&
  key !== undefined &&
  signed.signatures.some((one) => one.kind === 'session' && one.key !== key)

/**
 * What came of a command whose outcome the next step waits for. One that can't be sent now is withdrawn: nobody wants it done
 * later.
 * @throws LibralError of the refusal, `link.offline`, `command.outcome-unknown`
 */
export const settledOutcome = async (
  commands: Pick<Desk['commands'], 'withdraw'>,
  sent: SentCommand,
): Promise<Outcome> => {
  if (sent.state === 'accepted' && sent.outcome) return sent.outcome
  if (sent.failure !== null) throw new LibralError(sent.failure.code, sent.failure.params)
  if (sent.state !== 'queued') throw new LibralError('command.outcome-unknown')
  await commands.withdraw(sent.id)
  throw new LibralError('link.offline')
}
