import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { RedisInventory } from '#protocol/telemetry.ts'
import type { Limiter, Limiters } from '../transport/limiters.ts'
import type { Log } from '../transport/services.ts'
import { inventoryOf } from './inventory.ts'
import { connectRedis, guardRedis, type RedisClient } from './link.ts'
import { openWakeups, type RedisWakeups } from './wakeups.ts'

export interface RedisOptions {
  /** redis://[USER]:PASSWORD@HOST:PORT, `rediss:` for TLS */
  readonly url: string
  /** Names everything of this deployment in a Redis that others use too. */
  readonly prefix: string
  readonly log: Log
}

/** What Redis does for several instances; all of it can be done without. */
export interface Redis {
  readonly wakeups: RedisWakeups
  /** Limits counted over all instances; each counts for itself while Redis is away. */
  readonly limiters: Limiters
  inventory(): Promise<RedisInventory>
  close(): Promise<void>
}

export const openRedis = ({ url, prefix, log }: RedisOptions): Redis => {
  const client = connectRedis(url, 'libral', log)
  const stream = `${prefix}:head`
  const wakeups = openWakeups({ url, stream, client, guard: guardRedis() }, log)
  const figures = guardRedis()
  return {
    wakeups,
    limiters: sharedLimiters(client, prefix),
    inventory: () => inventoryOf(client, figures, stream),
    close: async () => {
      await wakeups.close()
      if (client.isOpen) client.destroy()
    },
  }
}

const sharedLimiters = (client: RedisClient, prefix: string): Limiters => {
  const guard = guardRedis((thrown) => !(thrown instanceof RateLimiterRes))
  return ({ name, points, seconds }): Limiter => {
    const window = { points, duration: seconds, keyPrefix: `${prefix}:limit:${name}` }
    const alone = new RateLimiterMemory(window)
    const shared = new RateLimiterRedis({
      ...window,
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      insuranceLimiter: alone,
    })
    /** The library's insurance covers errors; a Redis that does not answer at all is covered here. */
    const insured = async <T>(asked: () => Promise<T>, instead: () => Promise<T>): Promise<T> => {
      try {
        return await guard.run(asked)
      } catch (thrown) {
        if (thrown instanceof RateLimiterRes) throw thrown
        return instead()
      }
    }
    return {
      consume: (key, amount = 1) =>
        insured(
          () => shared.consume(key, amount),
          () => alone.consume(key, amount),
        ),
      get: (key) =>
        insured(
          () => shared.get(key),
          () => alone.get(key),
        ),
    }
  }
}
