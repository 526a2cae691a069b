import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'

/** Counts points per key in windows. */
export interface Limiter {
  /** Rejects with RateLimiterRes when the window's points are used up. */
  consume(key: string, points?: number): Promise<RateLimiterRes>
  get(key: string): Promise<RateLimiterRes | null>
}

/** Makes limiters: in this process's memory, or over all instances. Names are fixed words. */
export type Limiters = (window: { readonly name: string; readonly points: number; readonly seconds: number }) => Limiter

export const memoryLimiters: Limiters = ({ points, seconds }) => new RateLimiterMemory({ points, duration: seconds })
