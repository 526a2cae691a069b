import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { Place, RedisAddress } from './address.ts'

/** How long one attempt to connect, and one answer to a question about the server itself, may take, ms. */
export const patienceMs = { connect: 2_000, answer: 1_000 } as const

/** Redis can't be used now; `code` says why, in its own words where it has any. */
export class RedisAway extends Error {
  readonly code: string
  constructor(code: string, options?: ErrorOptions) {
    super(`redis: ${code}`, options)
    this.code = code
  }
}

/** Never waits for a server to come back: whoever keeps it makes another one then. Types of the library are too wide. */
const makeClient = (options: Parameters<typeof createClient>[0]) =>
  createClient({
    ...options,
    RESP: 3,
    // What waits while it is away would come too late: callers have something else to fall back on.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    maintNotifications: 'disabled',
  })
export type RedisClient = ReturnType<typeof makeClient>

/** `place`: where the sentinels say that the primary is; undefined at an address that stays the same. */
export const clientFor = (address: RedisAddress, place: Place | undefined, name: string): RedisClient => {
  const socket = { connectTimeout: patienceMs.connect, reconnectStrategy: false } as const
  if (address.kind === 'server') return makeClient({ url: address.url, name, socket })
  if (!place) throw new RedisAway('no-primary')
  const { username, password } = address.user
  return makeClient({ ...given({ username, password }), name, socket: socketTo(place, address.tls, socket) })
}

/** A connection to one sentinel. */
export const sentinelClient = (place: Place, tls: boolean, password: string | undefined): RedisClient =>
  makeClient({
    ...given({ password }),
    socket: socketTo(place, tls, { connectTimeout: patienceMs.answer, reconnectStrategy: false } as const),
  })

const socketTo = <Rest>({ host, port }: Place, tls: boolean, rest: Rest) =>
  tls ? { ...rest, host, port, servername: host, tls: true as const } : { ...rest, host, port }

const given = (credentials: { readonly username?: string | undefined; readonly password?: string | undefined }) =>
  Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined))

/** @throws RedisAway `no-answer` */
export const inTime = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  const late = new AbortController()
  const tooLate = pause(ms, undefined, { ref: false, signal: late.signal }).then(async () => {
    // A process that was busy has the answer already, and has not read it yet.
    await nextTurn()
    throw new RedisAway('no-answer')
  })
  work.catch(() => undefined)
  tooLate.catch(() => undefined)
  try {
    return await Promise.race([work, tooLate])
  } finally {
    late.abort()
  }
}

/** The word in capitals that begins an error of Redis (`WRONGPASS`, `LOADING`), the code of a socket's, or ours. */
export const codeOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return 'unknown'
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return /^[A-Z]{3,}(?=\s)/.exec(thrown.message)?.[0] ?? thrown.constructor.name
}
