import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  handleWhen,
  TaskCancelledError,
  wrap,
} from 'cockatiel'
import { LibralError } from '#protocol/errors.ts'

/** How far what we call may fail before we leave it alone. Times in ms. */
export interface OutgoingLimits {
  readonly timeoutMs: number
  /** Calls at once, and calls that may wait for a place. */
  readonly concurrent: number
  readonly queued: number
  /** Failures in a row after which it is left alone, and for how long. */
  readonly failures: number
  readonly coolMs: number
  /** Answers that come as errors and are no failure, such as a refusal. Absent: every error is one. */
  readonly isFailure?: (thrown: unknown) => boolean
}

export const outgoingLimits: OutgoingLimits = {
  timeoutMs: 50_000,
  concurrent: 8,
  queued: 64,
  failures: 10,
  coolMs: 10_000,
}

/** One thing outside that this process calls: bounded in time and number, left alone while it is broken. */
export interface Outgoing {
  /**
   * @throws LibralError `outgoing.unavailable` with `reason` open (left alone), full (too many) or time-out; otherwise
   *   what `work` throws
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Left alone after failures in a row. */
  readonly open: () => boolean
  readonly state: () => 'closed' | 'half-open' | 'open'
}

export const createOutgoing = (name: string, limits: Partial<OutgoingLimits> = {}): Outgoing => {
  const { timeoutMs, concurrent, queued, failures, coolMs, isFailure } = { ...outgoingLimits, ...limits }
  const breaker = circuitBreaker(isFailure ? handleWhen(isFailure) : handleAll, {
    halfOpenAfter: coolMs,
    breaker: new ConsecutiveBreaker(failures),
  })
  // Outermost first: what waits for a place has not begun its time, and what found no place says nothing of the callee.
  const policy = wrap(bulkhead(concurrent, queued), breaker)
  return {
    run: async (work, signal) => {
      try {
        return await policy.execute((context) => inTime(work, timeoutMs, context.signal), signal)
      } catch (cause) {
        const reason = reasonOf(cause)
        if (reason === undefined) throw cause
        throw new LibralError('outgoing.unavailable', { name, reason }, { cause })
      }
    },
    open: () => stateOf(breaker.state) === 'open',
    state: () => stateOf(breaker.state),
  }
}

const stateOf = (state: CircuitState): 'closed' | 'half-open' | 'open' => {
  if (state === CircuitState.Closed) return 'closed'
  return state === CircuitState.HalfOpen ? 'half-open' : 'open'
}

/**
 * The library's time-out knows only the clock: a process that was busy for as long would count an answer as missing that
 * it has and did not read yet, and leave alone what is well. After the time the loop gets one more turn to read it.
 */
const inTime = async <T>(work: (signal: AbortSignal) => Promise<T>, ms: number, over: AbortSignal): Promise<T> => {
  const ending = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const end = (): void => {
    const reason = new TaskCancelledError(`no answer within ${ms} ms`)
    reject(reason)
    ending.abort(reason)
  }
  let turn: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    turn = setImmediate(end)
  }, ms)
  over.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([work(ending.signal), late])
  } finally {
    clearTimeout(timer)
    clearImmediate(turn)
    over.removeEventListener('abort', end)
  }
}

const reasonOf = (thrown: unknown): 'open' | 'full' | 'time-out' | undefined => {
  if (thrown instanceof BrokenCircuitError) return 'open'
  if (thrown instanceof BulkheadRejectedError) return 'full'
  return thrown instanceof TaskCancelledError ? 'time-out' : undefined
}
