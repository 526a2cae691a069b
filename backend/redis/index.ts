import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { RedisInventory } from '#protocol/telemetry.ts'
import type { Limiter, Limiters } from '../transport/limiters.ts'
import type { Log } from '../transport/services.ts'
import { inventoryOf } from './inventory.ts'
import { connectRedis, guardRedis, type RedisClient } from './link.ts'
import { openStreams, type Streams } from './streams.ts'

export interface RedisOptions {
  /** redis://[USER]:PASSWORD@HOST:PORT, `rediss:` for TLS */
  readonly url: string
  /** Names everything of this deployment in a Redis that others use too. */
  readonly prefix: string
  readonly log: Log
}

/** What Redis does for several instances; all of it can be done without. */
export interface Redis {
  readonly wakeups: Streams['wakeups']
  readonly relay: Streams['relay']
  /** Limits counted over all instances; each counts for itself while Redis is away. */
  readonly limiters: Limiters
  /** Whether nobody has used this name yet; true while Redis is away. */
  firstUse(name: string, seconds: number): Promise<boolean>
  inventory(): Promise<RedisInventory>
  close(): Promise<void>
}

export const openRedis = ({ url, prefix, log }: RedisOptions): Redis => {
  const client = connectRedis(url, 'libral', log)
  const streams = openStreams({ url, prefix, client, guard: guardRedis(), log })
  const figures = guardRedis()
  const uses = guardRedis()
  return {
    wakeups: streams.wakeups,
    relay: streams.relay,
    firstUse: async (name, seconds) => {
      const set = uses.run(() =>
        client.set(`${prefix}:used:${name}`, '', { condition: 'NX', expiration: { type: 'EX', value: seconds } }),
      )
      return (await set.catch(() => 'away')) !== null
    },
    limiters: sharedLimiters(client, prefix),
    inventory: () => inventoryOf(client, figures, streams.names),
    close: async () => {
      await streams.close()
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
