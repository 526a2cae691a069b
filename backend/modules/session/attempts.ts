import { LibralError } from '#protocol/errors.ts'
import { type Limiters, memoryLimiters } from '../../transport/limiters.ts'

/** Wrong secrets and proofs that one address may send in a minute. */
export const attemptLimits = { failures: 10, seconds: 60 } as const

/** Counts failed sign-ins per address; who succeeds is never held up, so a thousand desktops may come back at once. */
export interface Attempts {
  /** @throws LibralError `session.too-many-attempts` with the seconds to wait */
  check(address: string): Promise<void>
  failed(address: string): Promise<void>
}

export const createAttempts = (
  limits: { readonly failures: number; readonly seconds: number } = attemptLimits,
  limiters: Limiters = memoryLimiters,
) => {
  const limiter = limiters({ name: 'attempts', points: limits.failures, seconds: limits.seconds })
  return {
    check: async (address) => {
      const seen = await limiter.get(address)
      if (seen === null || seen.remainingPoints > 0) return
      throw new LibralError('session.too-many-attempts', { seconds: Math.ceil(seen.msBeforeNext / 1000) })
    },
    failed: async (address) => {
      // Rejects with the limiter's own answer once the points are used up, which `check` tells the caller next time.
      await limiter.consume(address).catch(() => undefined)
    },
  } satisfies Attempts
}
