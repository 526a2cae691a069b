import { setTimeout as pause } from 'node:timers/promises'
import type { Outgoing } from '../kernel/outgoing.ts'
import type { Wakeups } from '../storage/port.ts'
import type { Log } from '../transport/services.ts'
import { connectRedis, type RedisClient } from './link.ts'

/** Kept in the stream, so that who comes back after a moment hears of what was told meanwhile. */
const kept = 256
/** One read waits so long, ms; an answer that takes `lateMs` longer means that the connection is dead. */
const blockMs = 1_000
const lateMs = 2_000
const pauseMs = { first: 50, most: 1_000 } as const

export interface RedisWakeups extends Wakeups {
  close(): Promise<void>
}

/**
 * Wake-ups over one Redis Stream. Only `size` travels: the store says what happened. Nothing here is needed: PostgreSQL
 * tells the same, a little later, and each instance looks by itself.
 */
export const openWakeups = (
  { url, stream, client, guard }: { url: string; stream: string; client: RedisClient; guard: Outgoing },
  log: Log,
): RedisWakeups => {
  const listeners = new Set<(size: number) => void>()
  const ending = new AbortController()
  const me = `${process.pid}-${Math.random().toString(36).slice(2)}`
  let newest = 0
  let telling = false

  const tell = async (): Promise<void> => {
    if (telling) return
    telling = true
    for (let told = -1; told !== newest; ) {
      told = newest
      const fields = { size: String(told), by: me }
      const trim = { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: kept } } as const
      await guard.run(() => client.xAdd(stream, '*', fields, trim)).catch(() => undefined)
    }
    telling = false
  }
  const hear = (message: Readonly<Record<string, string>>): void => {
    const size = Number(message['size'])
    if (message['by'] === me || !Number.isSafeInteger(size)) return
    for (const listener of listeners) listener(size)
  }
  let last = '$'
  const listenOnce = async (well: () => void): Promise<void> => {
    const reader = connectRedis(url, 'libral-wakeups', log)
    const end = (): void => reader.destroy()
    ending.signal.addEventListener('abort', end, { once: true })
    try {
      while (!ending.signal.aborted) {
        if (!reader.isReady) {
          await ready(reader, ending.signal)
          // What happened while nobody listened is asked of the store once.
          for (const listener of listeners) listener(Number.MAX_SAFE_INTEGER)
        }
        const read = reader.xRead({ key: stream, id: last }, { BLOCK: blockMs, COUNT: kept })
        const found = await inTime(read, blockMs + lateMs)
        well()
        for (const { messages } of found ?? []) {
          for (const { id, message } of messages) {
            last = id
            hear(message)
          }
        }
      }
    } finally {
      ending.signal.removeEventListener('abort', end)
      if (reader.isOpen) reader.destroy()
    }
  }
  const listen = async (): Promise<void> => {
    for (let wait: number = pauseMs.first; !ending.signal.aborted; wait = Math.min(pauseMs.most, wait * 2)) {
      await listenOnce(() => {
        wait = pauseMs.first
      }).catch(() => undefined)
      if (!ending.signal.aborted)
        await pause(wait, undefined, { ref: false, signal: ending.signal }).catch(() => undefined)
    }
  }
  const listening = listen()
  return {
    publish: (size) => {
      newest = size
      void tell()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      ending.abort()
      await listening
    },
  }
}

const ready = async (client: RedisClient, signal: AbortSignal): Promise<void> => {
  while (!client.isReady) {
    if (signal.aborted || !client.isOpen) throw new Error('redis: closed')
    await pause(20, undefined, { ref: false, signal })
  }
}

const inTime = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  const late = new AbortController()
  const tooLate = pause(ms, undefined, { ref: false, signal: late.signal }).then(() => {
    throw new Error('redis: no answer')
  })
  work.catch(() => undefined)
  tooLate.catch(() => undefined)
  try {
    return await Promise.race([work, tooLate])
  } finally {
    late.abort()
  }
}
