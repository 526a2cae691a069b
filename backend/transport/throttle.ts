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

  constructor(limits: TransportLimits) {
    this.#limits = limits
    this.#signedIn = new RateLimiterMemory({ points: limits.callsPerSecond, duration: 1 })
    this.#anonymous = new RateLimiterMemory({ points: limits.callsPerSecondAnonymous, duration: 1 })
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
      await consume(operator === undefined ? this.#anonymous : this.#signedIn, key)
    } catch (refusal) {
      leave()
      throw refusal
    }
    return leave
  }

  #leave(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1
    if (running <= 0) this.#running.delete(key)
    else this.#running.set(key, running)
  }
}

const consume = async (limiter: RateLimiterMemory, key: string): Promise<void> => {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    throw new LibralError('link.overloaded', {
      retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
    })
  }
}
