import { RateLimiterRes } from 'rate-limiter-flexible'
import type { Limiter } from './limiters.ts'

/**
 * Points per key out of a limiter, fetched in packs, so that a call seldom waits for it. The first few of a window are on
 * credit: who asks for no more than that (each of thousands of desktops that come back at once) costs no question.
 */
export interface Budget {
  /** Undefined when there was a point at hand; otherwise resolves with one, or rejects with RateLimiterRes. */
  spend(key: string): Promise<void> | undefined
}

/** Packs in a window: how exactly the limit is kept over several instances, against how often they ask. */
const packs = 50
/** Points on credit, in each window and instance; they are drawn with the first pack. */
const mostCredit = 8
/** Keys remembered at once; those whose window is over go first. */
const mostKeys = 20_000

interface Purse {
  points: number
  /** Given on credit in this window and not drawn yet. */
  owed: number
  /** performance.now() at which the window that they come from ends. */
  until: number
  fetching: Promise<void> | undefined
  /** Set while the window's points are used up. */
  refusal: RateLimiterRes | undefined
}

/** @param window that of the limiter */
export const createBudget = (
  limiter: Limiter,
  { points, seconds }: { readonly points: number; readonly seconds: number },
): Budget => {
  const pack = Math.max(1, Math.floor(points / packs))
  const credit = Math.min(mostCredit, pack)
  const purses = new Map<string, Purse>()
  const purseOf = (key: string): Purse => {
    const known = purses.get(key)
    if (known) return known
    if (purses.size >= mostKeys) sweep(purses)
    const made: Purse = { points: 0, owed: 0, until: 0, fetching: undefined, refusal: undefined }
    purses.set(key, made)
    return made
  }
  const fetch = async (key: string, purse: Purse): Promise<void> => {
    try {
      const { msBeforeNext } = await limiter.consume(key, pack + purse.owed)
      purse.points = pack
      purse.owed = 0
      purse.until = performance.now() + msBeforeNext
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
  /** Points of a window that is over are gone with it. */
  const beginAnew = (purse: Purse): void => {
    purse.points = credit
    purse.owed = credit
    purse.until = performance.now() + seconds * 1_000
    purse.refusal = undefined
  }
  const waitFor = async (key: string, purse: Purse): Promise<void> => {
    while (purse.points <= 0) {
      if (purse.refusal && purse.until > performance.now()) throw purse.refusal
      purse.fetching ??= fetch(key, purse)
      await purse.fetching
    }
    purse.points--
  }
  return {
    spend: (key) => {
      const purse = purseOf(key)
      if (purse.until <= performance.now() && !purse.fetching) beginAnew(purse)
      if (purse.points > 0) {
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
