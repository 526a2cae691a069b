import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { parseStrict } from '#trust/strict-json.ts'
import { createOutgoing, type OutgoingLimits } from '../../kernel/outgoing.ts'
import type { NotDone } from './provider.ts'
import type { CallWatch } from './watch.ts'

/** One request of a provider's HTTP interface, as it is sent. */
export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  /** Largest answer that is read, bytes; {@link answerBytes} when absent. */
  readonly mostBytes?: number
}
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

/** Carries one of the port's answers out of the depth of a client. */
export class NotDoneError extends Error {
  readonly notDone: NotDone
  constructor(notDone: NotDone, options?: ErrorOptions) {
    super(`${notDone.is}: ${notDone.code}`, options)
    this.notDone = notDone
  }
}
export const notDone = (is: 'refused' | 'unknown', code: string, cause?: unknown): NotDoneError =>
  new NotDoneError({ is, code }, { cause })
export const busy = (code: string, retryAfterMs: number | null, cause?: unknown): NotDoneError =>
  new NotDoneError({ is: 'busy', code, retryAfterMs }, { cause })

/** The port's rule: nothing is thrown but the end of `signal`; what nobody foresaw may have happened. */
export const settled = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | NotDone> => {
  try {
    return await work()
  } catch (thrown) {
    signal.throwIfAborted()
    return thrown instanceof NotDoneError ? thrown.notDone : { is: 'unknown', code: 'unexpected' }
  }
}

export interface Caller {
  /**
   * Sends it. A redirect is an answer like any other and is not followed.
   * @throws NotDoneError `unknown`: no whole answer, or one of 5xx. `busy`: nothing was sent (left alone, too much at once,
   *   no connection), or the provider asked us to wait; so do all calls until then
   */
  call(request: HttpCall, signal: AbortSignal): Promise<HttpAnswer>
}

export interface CallerOptions {
  readonly provider: string
  readonly now: () => Instant
  readonly limits?: Partial<Omit<OutgoingLimits, 'isFailure'>> | undefined
  /** Seconds to wait, where the provider says so elsewhere than in `Retry-After`. */
  readonly retryAfter?: (answer: HttpAnswer) => number | undefined
  /** The provider's own word for what went wrong. */
  readonly reason?: (answer: HttpAnswer) => string | undefined
  readonly watch?: CallWatch | undefined
  /** Its words in a 5xx that promise that nothing happened. */
  readonly nothingDone?: ReadonlySet<string>
}

const answerBytes = 1024 * 1024

const callLimits = { timeoutMs: 30_000, concurrent: 16, queued: 256, failures: 8, coolMs: 15_000 } as const

/** Nobody is believed who wants us to wait for longer, seconds. */
const longestHold = 3_600
/** Of who asks us to wait and does not say how long, seconds. */
const usualHold = 5

/** A failure of theirs: it counts towards leaving them alone, and may have done what was asked. */
class ServerFailed extends Error {
  readonly answer: HttpAnswer
  constructor(answer: HttpAnswer) {
    super(`answered ${answer.status}`)
    this.answer = answer
  }
}

/** Everything that a provider is asked passes here: bounded, left alone while broken, and quiet when told to wait. */
export const createCaller = (options: CallerOptions): Caller => {
  const { provider, now, limits, retryAfter, reason, nothingDone, watch } = options
  const outgoing = createOutgoing(provider, { ...callLimits, ...limits })
  watch?.breaker(provider, outgoing.state)
  let held = 0
  const assertFree = (): void => {
    const wait = held - now()
    if (wait > 0) throw busy('asked-to-wait', wait)
  }
  const serverFailed = ({ answer }: ServerFailed): NotDoneError => {
    const code = reason?.(answer)
    if (code !== undefined && nothingDone?.has(code)) return busy(code, null)
    return notDone('unknown', code ?? `http-${answer.status}`)
  }
  const failed = (error: NotDoneError): NotDoneError => {
    // What we did not even try says nothing of them.
    if (!error.notDone.code.startsWith('left-alone-')) watch?.ended(error.notDone.code)
    return error
  }
  const sent = async (request: HttpCall, ending: AbortSignal): Promise<HttpAnswer> => {
    const begun = now()
    const got = await send(request, ending)
    const theirs = Date.parse(got.headers.get('date') ?? '')
    if (!Number.isNaN(theirs)) watch?.skew(skewOf(theirs, begun, now()))
    if (got.status >= 500) throw new ServerFailed(got)
    return got
  }
  return {
    call: async (request, signal) => {
      assertFree()
      let answer: HttpAnswer
      try {
        answer = await outgoing.run((ending) => sent(request, ending), signal)
      } catch (thrown) {
        signal.throwIfAborted()
        throw failed(thrown instanceof ServerFailed ? serverFailed(thrown) : notAnswered(thrown))
      }
      if (answer.status !== 429) {
        watch?.ended(answer.status === 401 || answer.status === 403 ? `http-${answer.status}` : null)
        return answer
      }
      const seconds = retryAfter?.(answer) ?? secondsOf(answer.headers.get('retry-after'), now()) ?? usualHold
      const waitMs = Math.min(longestHold, Math.max(1, seconds)) * 1000
      held = Math.max(held, now() + waitMs)
      watch?.waiting(held)
      throw failed(busy(reason?.(answer) ?? 'http-429', waitMs))
    },
  }
}

/**
 * By how much their clock is ahead at the least, ms: they wrote `theirs`, in whole seconds, at some moment between question
 * and answer, which are a minute apart where a long poll waited. 0 where some moment fits. Pure.
 */
export const skewOf = (theirs: Instant, asked: Instant, answered: Instant): number =>
  theirs > answered ? theirs - answered : Math.min(0, theirs + 999 - asked)

/** What the system says when no connection came about: not a byte of ours was sent. */
const neverSent = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
])
/** Nor here: whoever answered could not prove to be them. */
const untrusted = new Set([
  ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
])

const notAnswered = (thrown: unknown): NotDoneError => {
  if (thrown instanceof LibralError && thrown.code === 'outgoing.unavailable') {
    const why = String(thrown.params['reason'])
    return why === 'time-out' ? notDone('unknown', 'time-out', thrown) : busy(`left-alone-${why}`, null, thrown)
  }
  const code = codeOf(thrown)
  if (untrusted.has(code)) return busy('tls-untrusted', null, thrown)
  return neverSent.has(code) ? busy('no-connection', null, thrown) : notDone('unknown', 'no-whole-answer', thrown)
}

/** fetch wraps what the system said. */
const codeOf = (thrown: unknown): string => {
  const { cause } = thrown instanceof Error ? thrown : { cause: undefined }
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}

const send = async (request: HttpCall, signal: AbortSignal): Promise<HttpAnswer> => {
  const { method, url, headers, body, mostBytes = answerBytes } = request
  const response = await fetch(url, {
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(body && { body: body as Uint8Array<ArrayBuffer> }),
  })
  return { status: response.status, headers: response.headers, body: await bounded(response, mostBytes) }
}

const bounded = async (response: Response, most: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > most) throw new Error(`more than ${most} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** RFC 9110, 10.2.3: seconds or a date. */
const secondsOf = (header: string | null, now: Instant): number | undefined => {
  if (header === null) return undefined
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000
  return Number.isFinite(seconds) ? seconds : undefined
}

/**
 * The JSON of an answer: amounts lie in it, so nothing is rounded or read twice.
 * @throws NotDoneError `unknown`
 */
export const jsonOf = ({ body }: Pick<HttpAnswer, 'body'>): Json => {
  try {
    return parseStrict(body, Math.max(1, body.byteLength))
  } catch (cause) {
    throw notDone('unknown', 'answer-unreadable', cause)
  }
}

/** The same for who only wants to know what an error says. */
export const jsonIn = (answer: Pick<HttpAnswer, 'body'>): unknown => {
  try {
    return jsonOf(answer)
  } catch {
    return undefined
  }
}
