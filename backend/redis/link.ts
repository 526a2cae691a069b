import { setTimeout as pause } from 'node:timers/promises'
import { createOutgoing, type Outgoing } from '../kernel/outgoing.ts'
import type { Log } from '../transport/services.ts'
import type { Place, RedisAddress } from './address.ts'
import { clientFor, codeOf, inTime, patienceMs, RedisAway, type RedisClient } from './client.ts'
import { askSentinels, assertPrimary, type Sentinels, samePlace } from './primary.ts'

/** Pauses between attempts to connect, and between looks at whether all is well, ms. */
export const pauseMs = { first: 50, most: 500, look: 500, sentinels: 5_000 } as const

export interface LinkOptions {
  readonly address: RedisAddress
  readonly log: Log
  /** Reads by a connection of its own, for as long as that is good; ends by throwing, and when `over` is aborted. */
  readonly read: (reader: RedisClient, over: AbortSignal) => Promise<never>
}

/** Two connections to the primary, one for commands and one that waits for news; made anew together, wherever it is then. */
export interface RedisLink {
  /** undefined while the primary can't be used. */
  readonly client: () => RedisClient | undefined
  close(): Promise<void>
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, undefined, { ref: false, signal })

export const keepLink = ({ address, log, read }: LinkOptions): RedisLink => {
  const ending = new AbortController()
  let current: RedisClient | undefined
  let away = false

  const watch = async (client: RedisClient, over: AbortSignal): Promise<never> => {
    for (;;) {
      await sleep(pauseMs.look, over)
      await assertPrimary(client)
    }
  }
  /**
   * A primary that was cut off from its sentinels still takes commands; nobody else reads there any more. Asked more often
   * while it is being connected to: a frozen server takes connections and says nothing.
   */
  const watchSentinels = async (sentinels: Sentinels, known: Place, over: AbortSignal): Promise<never> => {
    for (;;) {
      await sleep(current ? pauseMs.sentinels : pauseMs.look, over)
      const now = await askSentinels(sentinels).catch(() => known)
      if (!samePlace(now, known)) throw new RedisAway('moved')
    }
  }
  const once = async (well: () => void): Promise<void> => {
    const place = address.kind === 'sentinels' ? await askSentinels(address) : undefined
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => undefined)
    const over = new AbortController()
    const end = (): void => {
      over.abort()
      lost.reject(new RedisAway('closed'))
    }
    ending.signal.addEventListener('abort', end)
    const clients = ['libral', 'libral-streams'].map((name) => clientFor(address, place, name))
    for (const client of clients) client.on('error', (thrown: unknown) => lost.reject(thrown))
    const [client, reader] = clients as [RedisClient, RedisClient]
    try {
      const moved: Promise<never>[] =
        address.kind === 'sentinels' && place ? [watchSentinels(address, place, over.signal)] : []
      await Promise.race([lost.promise, ...moved, Promise.all(clients.map(connectTo))])
      current = client
      well()
      await Promise.race([lost.promise, ...moved, watch(client, over.signal), read(reader, over.signal)])
    } finally {
      current = undefined
      ending.signal.removeEventListener('abort', end)
      over.abort()
      for (const each of clients) each.destroy()
    }
  }
  const keep = async (): Promise<void> => {
    for (let wait: number = pauseMs.first; !ending.signal.aborted; wait = Math.min(pauseMs.most, wait * 2)) {
      await once(() => {
        wait = pauseMs.first
        if (away) log.info('redis.back')
        away = false
      }).catch((thrown: unknown) => {
        // Each loss is told once, not each attempt.
        if (!away && !ending.signal.aborted) log.warn('redis.away', { code: codeOf(thrown) })
        away = true
      })
      await sleep(wait, ending.signal).catch(() => undefined)
    }
  }
  const kept = keep()
  return {
    client: () => current,
    close: () => {
      ending.abort()
      return kept
    },
  }
}

const connectTo = async (client: RedisClient): Promise<void> => {
  await inTime(client.connect(), patienceMs.connect)
  await assertPrimary(client)
}

/** Redis is a help and never worth a wait: three slow answers, and it is left alone for a second. */
export const redisLimits = { timeoutMs: 250, concurrent: 64, queued: 1_024, failures: 3, coolMs: 1_000 } as const

/** Calls over a link; one that can't be used is no reason to leave it alone once it is back. */
export interface Calls {
  /** @throws RedisAway, LibralError `outgoing.unavailable`, an error of Redis */
  run<T>(work: (client: RedisClient) => Promise<T>): Promise<T>
  readonly open: () => boolean
}

export const callsOver = (link: Pick<RedisLink, 'client'>, isFailure?: (thrown: unknown) => boolean): Calls => {
  const guard: Outgoing = createOutgoing('redis', { ...redisLimits, ...(isFailure && { isFailure }) })
  return {
    run: async (work) => {
      const client = link.client()
      if (!client) throw new RedisAway('away')
      return guard.run(() => work(client))
    },
    open: () => link.client() === undefined || guard.open(),
  }
}
