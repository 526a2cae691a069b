import { RateLimiterRes } from 'rate-limiter-flexible'
import { LibralError } from '#protocol/errors.ts'
import { type Budget, createBudget } from './budget.ts'
import type { Connection } from './connection.ts'
import { type Limiters, memoryLimiters } from './limiters.ts'
import type { TransportLimits } from './limits.ts'

/** Bounds what one operator, or one stranger's connection and address, may ask at once and in a second. */
export class Throttle {
  readonly #limits: TransportLimits
  readonly #running = new Map<string, number>()
  readonly #operators: Budget
  readonly #strangers: Budget
  readonly #addresses: Budget

  constructor(limits: TransportLimits, limiters: Limiters = memoryLimiters) {
    this.#limits = limits
    const { callsPerSecond, callsPerSecondAnonymous, callsPerSecondAddress } = limits
    const calls = { name: 'calls', points: callsPerSecond, seconds: 1 }
    this.#operators = createBudget(limiters(calls), calls)
    // One connection is on one instance.
    const alone = { name: 'connection', points: callsPerSecondAnonymous, seconds: 1 }
    this.#strangers = createBudget(memoryLimiters(alone), alone)
    const window = { name: 'address', points: callsPerSecondAddress, seconds: 1 }
    this.#addresses = createBudget(limiters(window), window)
  }

  /**
   * Takes a place among the running calls; the caller gives it back with the function returned.
   * @throws LibralError `link.overloaded` (too many at once), `link.rate-limited` (too many a second)
   */
  async enter(connection: Connection): Promise<() => void> {
    const operator = connection.operator
    const key = operator ?? connection.id
    const bound = operator === undefined ? this.#limits.inFlightAnonymous : this.#limits.inFlight
    const running = this.#running.get(key) ?? 0
    if (running >= bound) throw new LibralError('link.overloaded', { inFlight: bound, retryAfterSeconds: 1 })
    this.#running.set(key, running + 1)
    const leave = (): void => this.#leave(key)
    try {
      await limited(this.#spend(connection, operator))
    } catch (refusal) {
      leave()
      throw refusal
    }
    return leave
  }

  #spend({ id, address }: Connection, operator: string | undefined): Promise<void> | undefined {
    if (operator !== undefined) return this.#operators.spend(operator)
    const mine = this.#strangers.spend(id)
    // Everyone on this machine's socket shares it.
    const theirs = address === 'pipe' ? undefined : this.#addresses.spend(address)
    return mine && theirs ? Promise.all([mine, theirs]).then(() => undefined) : (mine ?? theirs)
  }

  #leave(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1
    if (running <= 0) this.#running.delete(key)
    else this.#running.set(key, running)
  }
}

const limited = async (spending: Promise<void> | undefined): Promise<void> => {
  try {
    await spending
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    throw new LibralError('link.rate-limited', {
      retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
    })
  }
}
