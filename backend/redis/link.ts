import { createClient } from '@redis/client'
import { createOutgoing, type Outgoing } from '../kernel/outgoing.ts'
import type { Log } from '../transport/services.ts'

/** Pauses between attempts to connect, and how long one may take, ms. */
const connectMs = 2_000
const pauseMs = { first: 50, most: 1_000 } as const

/** Never retries for ever in silence: each loss is logged once. The client's own types are too wide to name. */
export const connectRedis = (url: string, name: string, log: Log) => {
  const client = createClient({
    url,
    name,
    RESP: 3,
    // What waits while it is away would come too late: callers have something else to fall back on.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: connectMs,
      reconnectStrategy: (attempt) => Math.min(pauseMs.most, pauseMs.first * 2 ** Math.min(attempt, 8)),
    },
  })
  let away = false
  client.on('error', (error: unknown) => {
    if (away) return
    away = true
    log.warn('redis.away', { name, code: codeOf(error) })
  })
  client.on('ready', () => {
    if (away) log.info('redis.back', { name })
    away = false
  })
  // Goes on by its strategy; whoever calls meanwhile is told that it is away.
  client.connect().catch(() => undefined)
  return client
}
export type RedisClient = ReturnType<typeof connectRedis>

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'

/** Redis is a help and never worth a wait: three slow answers, and it is left alone for a second. */
export const redisLimits = { timeoutMs: 250, concurrent: 64, queued: 1_024, failures: 3, coolMs: 1_000 } as const

export const guardRedis = (isFailure?: (thrown: unknown) => boolean): Outgoing =>
  createOutgoing('redis', { ...redisLimits, ...(isFailure && { isFailure }) })
