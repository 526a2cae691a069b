import { v7 as uuidv7 } from 'uuid'
import type { SentRecord } from '#main/replica/messages.ts'
import { commandsByName } from '#protocol/catalogue.ts'
import { issuedBy, type Json, type Outcome, type Risk, type SignedCommand } from '#protocol/command.ts'
import { type ErrorCode, type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import { type CommandId, commandIdSchema } from '#protocol/ids.ts'
import { type CommandToState, signCommand, stateCommand } from '#trust/statement.ts'
import type { Desk } from './desk.ts'
import type { LinkView } from './link.ts'
import { judge, outlivedItsKey } from './outcome.ts'
import { createSentRecords, isPending, shownOf } from './sent-records.ts'
import { type BackendClient, call } from './wire.ts'

/**
 * An operator means a command for now, not for tomorrow: it lives ten minutes, also while it waits for the link. What does
 * most harm is meant for this moment.
 */
const lifeMs: Readonly<Record<Risk, number>> = { low: 10 * 60_000, medium: 10 * 60_000, high: 5 * 60_000 }
const answerWithinMs = 15_000
const inFlightAtOnce = 64
const retryMs = 1_000

export interface CommandsOptions {
  readonly stored: readonly SentRecord[]
  /** Durable when it resolves. */
  readonly store: (records: readonly SentRecord[]) => Promise<void>
  readonly view: () => LinkView
  readonly client: () => BackendClient | null
  /** Makes sure that the view's skew holds now. @throws LibralError that of a call */
  readonly settleClock: () => Promise<void>
}

type DeskCommands = Desk['commands']

/** Signed commands on their way: on disk before the first try, sent again with the same id until decided. */
export interface Commands extends DeskCommands {
  /** How many are neither decided nor given up. */
  pending(): number
  /** The link came up: send what waits. */
  flush(): void
  listeners(): number
  close(): void
}

export const createCommands = ({ stored, store, view, client, settleClock }: CommandsOptions): Commands => {
  const records = createSentRecords(stored, store)
  const running = new Set<string>()
  let expiry: NodeJS.Timeout | null = null
  let again: NodeJS.Timeout | null = null

  /** The backend's clock, as far as this desktop knows it. */
  const now = (): number => Date.now() + view().skewMs

  /** With a fresh id, in the backend's time. */
  const toState = (
    command: string,
    params: Readonly<Record<string, Json>>,
    keyMade = 0,
  ): CommandToState & { risk: Risk } => {
    const risk = commandsByName.get(command)?.risk
    if (risk === undefined) throw new LibralError('command.unknown', { command })
    const { hello, session } = view()
    if (hello === null || session === null) throw new LibralError('session.required')
    const issuedAt = issuedBy(now(), keyMade)
    return {
      ...{ context: hello.deployment, command, params, id: commandIdSchema.parse(uuidv7()), risk },
      ...{ operator: session.signedIn.operator, issuedAt, expiresAt: issuedAt + lifeMs[risk] },
    }
  }

  const recordOf = (signed: SignedCommand): SentRecord => {
    const { id, command } = signed.statement
    // Marked as sent where it will be tried at once: a record that says `queued` was never on the wire.
    const state = client() === null ? 'queued' : 'sent'
    return { id, command, issuedAt: Date.now(), state, outcome: null, failure: null, signed }
  }

  const bySession = (command: string, params: Readonly<Record<string, Json>>): SignedCommand => {
    const { risk, ...to } = toState(command, params)
    if (risk !== 'low') throw new LibralError('command.not-risk-allowed', { command, risk })
    const signer = view().session?.signer ?? null
    if (signer === null) throw new LibralError('session.locked')
    return signCommand({ ...to, kind: 'session', signer })
  }

  /** As sent, on disk; null where that can't be written now. */
  const markSent = async (record: SentRecord): Promise<SentRecord | null> => {
    if (record.state !== 'queued') return record
    const sent: SentRecord = { ...record, state: 'sent' }
    try {
      await records.put(sent)
      return sent
    } catch {
      records.note(record)
      return null
    }
  }

  /**
   * What became of a command whose session is over. Whether it had come in is asked, since the refusal may be of the
   * connection's own session; null: not known yet.
   */
  const fateOf = async (record: SentRecord, failure: Failure, backend: BackendClient): Promise<SentRecord | null> => {
    const { id } = record
    const outcome = await call((limit) => backend.command.outcome({ id }, limit)).catch(() => undefined)
    if (outcome === undefined) return null
    return outcome === null ? { ...record, state: 'refused', failure } : accepted(record, outcome)
  }

  const judged = async (tried: SentRecord, error: unknown, backend: BackendClient): Promise<SentRecord | null> => {
    const over = outlivedItsKey(tried, error, view().session?.signedIn.key)
    return over ? fateOf(tried, failureOf(error), backend) : judge(tried, error)
  }

  const attempt = async (record: SentRecord, backend: BackendClient): Promise<void> => {
    const tried = await markSent(record)
    if (tried === null) return retryLater()
    try {
      const outcome = await call((limit) => backend.command.submit(tried.signed, limit))
      records.note(accepted(tried, outcome))
    } catch (error) {
      const next = await judged(tried, error, backend)
      if (next === null) retryLater()
      else records.note(next)
    }
  }

  const send = async (record: SentRecord): Promise<void> => {
    const backend = client()
    if (backend === null || running.has(record.id)) return
    running.add(record.id)
    try {
      await attempt(record, backend)
    } finally {
      running.delete(record.id)
    }
  }

  const flush = (): void => {
    if (client() === null) return
    const waiting = records.all().filter((record) => isPending(record) && !running.has(record.id))
    const room = Math.max(0, inFlightAtOnce - running.size)
    const batch = waiting.slice(0, room).map((record) => send(record))
    if (batch.length > 0 && waiting.length > room) void Promise.allSettled(batch).then(flush)
  }

  const retryLater = (): void => {
    again ??= setTimeout(() => {
      again = null
      flush()
    }, retryMs)
  }

  /** Never sent and past its time: nothing will come of it. Sent and past its time: only the backend knows. */
  const expire = (): void => {
    for (const record of records.all()) {
      if (record.signed.statement.expiresAt > now() || running.has(record.id)) continue
      if (record.state === 'queued') records.note({ ...record, state: 'expired', failure: expired })
      else if (record.state === 'sent') records.note({ ...record, state: 'unknown' })
    }
    watchExpiry()
  }

  const watchExpiry = (): void => {
    if (expiry !== null) clearTimeout(expiry)
    expiry = null
    const open = records.all().filter(({ state }) => state === 'queued' || state === 'sent')
    if (open.length === 0) return
    const next = Math.min(...open.map(({ signed }) => signed.statement.expiresAt)) - now()
    expiry = setTimeout(expire, Math.max(1_000, next))
  }

  /** On disk before the first try. What could not be written is not sent later behind the back of who was told so. */
  const post = async (signed: SignedCommand) => {
    const record = recordOf(signed)
    running.add(record.id)
    try {
      await records.put(record)
    } catch (error) {
      records.note({ ...record, state: 'expired', failure: failureOf(error) })
      throw error
    } finally {
      running.delete(record.id)
    }
    watchExpiry()
    // The link may have come up meanwhile.
    await Promise.race([send(record), answerLimit()])
    return shownOf(records.get(record.id) ?? record)
  }

  const settledNow = async (): Promise<number> => {
    await settleClock().catch((cause: unknown) => {
      throw new LibralError('signing.offline', {}, { cause })
    })
    return now()
  }

  const state: DeskCommands['state'] = async (command, params, keyMade) => {
    await settledNow()
    // What a person signs now is meant for what is there now: it does not wait for a link that may come back.
    if (client() === null) throw new LibralError('signing.offline')
    const { risk: _risk, ...to } = toState(command, params, keyMade)
    return stateCommand(to)
  }

  const withdraw = async (id: CommandId): Promise<void> => {
    const record = records.get(id)
    if (record === undefined) throw new LibralError('command.unknown')
    if (record.state !== 'queued' || running.has(id)) throw new LibralError('command.outcome-unknown')
    await records.put({ ...record, state: 'expired', failure: { ...expired, params: { withdrawn: true } } })
  }

  watchExpiry()
  return {
    submit: async (command, params) => {
      // One that will wait for the link is stated by what was known last.
      await settleClock().catch(() => undefined)
      return post(bySession(command, params))
    },
    state,
    post,
    now: settledNow,
    sent: records.shown,
    onSent: records.onChange,
    withdraw,
    signed: (id) => records.get(id)?.signed,
    pending: () => records.all().filter(isPending).length,
    flush,
    listeners: records.listeners,
    close: () => {
      for (const timer of [expiry, again]) if (timer !== null) clearTimeout(timer)
      records.close()
    },
  }
}

const accepted = (record: SentRecord, outcome: Outcome): SentRecord => ({
  ...record,
  state: 'accepted',
  outcome,
  failure: null,
})

const expired: { readonly code: ErrorCode; readonly params: Readonly<Record<string, boolean>> } = {
  code: 'command.expired',
  params: {},
}

const answerLimit = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, answerWithinMs).unref()
  })
