import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { LibralError } from '#protocol/errors.ts'
import type { Connection } from './connection.ts'
import type { TransportLimits } from './limits.ts'

/** Bounds what one operator, or one stranger's connection, may ask at once and in a second. */
export class Throttle {
  readonly #limits: TransportLimits
  readonly #running = new Map<string, number>()
  readonly #signedIn: RateLimiterMemory
  readonly #anonymous: RateLimiterMemory
  readonly #attempts: RateLimiterMemory

  constructor(limits: TransportLimits) {
    this.#limits = limits
    this.#signedIn = new RateLimiterMemory({ points: limits.callsPerSecond, duration: 1 })
    this.#anonymous = new RateLimiterMemory({ points: limits.callsPerSecondAnonymous, duration: 1 })
    this.#attempts = new RateLimiterMemory({ points: limits.attemptsPerMinute, duration: 60 })
  }

  /**
   * Takes a place among the running calls; the caller gives it back with the function returned.
   * @throws LibralError `link.overloaded`
   */
  async enter(connection: Connection): Promise<() => void> {
    const operator = connection.operator
    const key = operator ?? connection.id
    const bound = operator === undefined ? this.#limits.inFlightAnonymous : this.#limits.inFlight
    const running = this.#running.get(key) ?? 0
    if (running >= bound) throw new LibralError('link.overloaded', { inFlight: bound })
    this.#running.set(key, running + 1)
    const leave = (): void => this.#leave(key)
    try {
      await consume(operator === undefined ? this.#anonymous : this.#signedIn, key, 'link.overloaded')
    } catch (refusal) {
      leave()
      throw refusal
    }
    return leave
  }

  /** @throws LibralError `session.too-many-attempts` when this address has failed too often in the last minute */
  async mayTry(address: string): Promise<void> {
    const spent = await this.#attempts.get(address)
    if (spent && spent.remainingPoints <= 0) throw tooOften('session.too-many-attempts', spent)
  }

  async failedTry(address: string): Promise<void> {
    await this.#attempts.penalty(address)
  }

  #leave(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1
    if (running <= 0) this.#running.delete(key)
    else this.#running.set(key, running)
  }
}

type Code = 'link.overloaded' | 'session.too-many-attempts'

const tooOften = (code: Code, state: RateLimiterRes): LibralError =>
  new LibralError(code, { retryAfterSeconds: Math.max(1, Math.ceil(state.msBeforeNext / 1_000)) })

const consume = async (limiter: RateLimiterMemory, key: string, code: Code): Promise<void> => {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    throw refusal instanceof RateLimiterRes ? tooOften(code, refusal) : refusal
  }
}
