import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { RedisInventory } from '#protocol/telemetry.ts'
import { together } from '../kernel/together.ts'
import type { Limiter, Limiters } from '../transport/limiters.ts'
import type { Log } from '../transport/services.ts'
import type { RedisAddress } from './address.ts'
import { RedisAway } from './client.ts'
import { inventoryOf } from './inventory.ts'
import { callsOver, keepLink, type RedisLink } from './link.ts'
import { openStreams, type Streams } from './streams.ts'

export interface RedisOptions {
  readonly address: RedisAddress
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
  /** Whether nobody has used this name yet; undefined while Redis can't say. */
  firstUse(name: string, seconds: number): Promise<boolean | undefined>
  inventory(): Promise<RedisInventory>
  close(): Promise<void>
}

export const openRedis = ({ address, prefix, log }: RedisOptions): Redis => {
  const link: RedisLink = keepLink({ address, log, read: (reader, over) => streams.read(reader, over) })
  const streams: Streams = openStreams({ prefix, calls: callsOver(link), log })
  const figures = callsOver(link)
  const uses = callsOver(link)
  const firstOf = together(async (asked: readonly { readonly name: string; readonly seconds: number }[]) => {
    const made = await uses.run((client) =>
      Promise.all(
        asked.map(({ name, seconds }) =>
          client.set(`${prefix}:used:${name}`, '', { condition: 'NX', expiration: { type: 'EX', value: seconds } }),
        ),
      ),
    )
    return made.map((it) => it !== null)
  })
  return {
    wakeups: streams.wakeups,
    relay: streams.relay,
    firstUse: (name, seconds) => firstOf({ name, seconds }).catch(() => undefined),
    limiters: sharedLimiters(link, prefix),
    inventory: () => inventoryOf(figures, streams.names),
    close: link.close,
  }
}

/** The library keeps one client for good; ours is another one after each loss. */
const storeOver = (link: Pick<RedisLink, 'client'>) => {
  const now = () => {
    const client = link.client()
    if (!client) throw new RedisAway('away')
    return client
  }
  type Client = ReturnType<typeof now>
  return {
    get isReady() {
      return link.client()?.isReady ?? false
    },
    eval: (...given: Parameters<Client['eval']>) => now().eval(...given),
    multi: () => now().multi(),
  }
}

const sharedLimiters = (link: RedisLink, prefix: string): Limiters => {
  const calls = callsOver(link, (thrown) => !(thrown instanceof RateLimiterRes))
  return ({ name, points, seconds }): Limiter => {
    const window = { points, duration: seconds, keyPrefix: `${prefix}:limit:${name}` }
    const alone = new RateLimiterMemory(window)
    const shared = new RateLimiterRedis({
      ...window,
      storeClient: storeOver(link),
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      insuranceLimiter: alone,
    })
    /** The library's insurance covers errors; a Redis that does not answer at all is covered here. */
    const insured = async <T>(asked: () => Promise<T>, instead: () => Promise<T>): Promise<T> => {
      try {
        return await calls.run(asked)
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
