import { RateLimiterRes } from 'rate-limiter-flexible'
import type { Limiter } from './limiters.ts'

/** Points per key out of a limiter, fetched in packs, so that a call seldom waits for it. */
export interface Budget {
  /** Undefined when there was a point at hand; otherwise resolves with one, or rejects with RateLimiterRes. */
  spend(key: string): Promise<void> | undefined
}

/** Packs in a window: how exactly the limit is kept over several instances, against how often they ask. */
const packs = 50
/** Keys remembered at once; those whose window is over go first. */
const mostKeys = 20_000

interface Purse {
  points: number
  /** performance.now() at which the window that they come from ends. */
  until: number
  fetching: Promise<void> | undefined
  /** Set while the window's points are used up. */
  refusal: RateLimiterRes | undefined
}

/** @param points of the limiter's window */
export const createBudget = (limiter: Limiter, points: number): Budget => {
  const pack = Math.max(1, Math.floor(points / packs))
  const purses = new Map<string, Purse>()
  const purseOf = (key: string): Purse => {
    const known = purses.get(key)
    if (known) return known
    if (purses.size >= mostKeys) sweep(purses)
    const made: Purse = { points: 0, until: 0, fetching: undefined, refusal: undefined }
    purses.set(key, made)
    return made
  }
  const fetch = async (key: string, purse: Purse): Promise<void> => {
    try {
      const { msBeforeNext } = await limiter.consume(key, pack)
      const until = performance.now() + msBeforeNext
      // Points of a window that is over are gone with it.
      purse.points = (purse.until > performance.now() ? purse.points : 0) + pack
      purse.until = until
      purse.refusal = undefined
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown
      purse.refusal = thrown
      purse.until = performance.now() + thrown.msBeforeNext
      throw thrown
    } finally {
      purse.fetching = undefined
    }
  }
  const waitFor = async (key: string, purse: Purse): Promise<void> => {
    while (purse.points <= 0 || purse.until <= performance.now()) {
      if (purse.refusal && purse.until > performance.now()) throw purse.refusal
      purse.fetching ??= fetch(key, purse)
      await purse.fetching
    }
    purse.points--
  }
  return {
    spend: (key) => {
      const purse = purseOf(key)
      if (purse.points > 0 && purse.until > performance.now()) {
        purse.points--
        return undefined
      }
      return waitFor(key, purse)
    },
  }
}

const sweep = (purses: Map<string, Purse>): void => {
  const now = performance.now()
  for (const [key, { until, fetching }] of purses) if (until <= now && !fetching) purses.delete(key)
  // An attack with as many names as there is room: they begin anew, which the address's own budget bounds.
  if (purses.size >= mostKeys) purses.clear()
}
