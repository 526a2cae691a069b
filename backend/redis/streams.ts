import { setTimeout as pause } from 'node:timers/promises'
import type { Outgoing } from '../kernel/outgoing.ts'
import type { TelemetryFrame, TelemetryRelay } from '../modules/hub/telemetry/relay.ts'
import type { Wakeups } from '../storage/port.ts'
import type { Log } from '../transport/services.ts'
import { connectRedis, type RedisClient } from './link.ts'

/** Kept in a stream, so that who comes back after a moment hears of what was told meanwhile. */
const kept = 64
/** One read waits so long, ms; an answer that takes `lateMs` longer means that the connection is dead. */
const blockMs = 1_000
const lateMs = 1_000
const pauseMs = { first: 50, most: 1_000 } as const

export interface StreamsOptions {
  readonly url: string
  readonly prefix: string
  readonly client: RedisClient
  readonly guard: Outgoing
  readonly log: Log
}

export interface Streams {
  /** Told in Redis; through the other way as well while Redis does not answer, and heard from both. */
  wakeups(other: Wakeups): Wakeups
  readonly relay: TelemetryRelay
  /** Names of the streams. */
  readonly names: readonly string[]
  close(): Promise<void>
}

/** Something that runs in order and keeps only the newest of what waits. */
const newestOnly = <T>(work: (value: T) => Promise<void>): ((value: T) => void) => {
  let waiting: { readonly value: T } | undefined
  let running = false
  const run = async (): Promise<void> => {
    running = true
    while (waiting) {
      const { value } = waiting
      waiting = undefined
      await work(value)
    }
    running = false
  }
  return (value) => {
    waiting = { value }
    if (!running) void run()
  }
}

/**
 * Two streams read by one connection: `head` says that the log has grown (only its size; the store says what happened),
 * `figures` carries telemetry. Nothing of it is needed: wake-ups have another way, and each instance looks by itself.
 */
export const openStreams = ({ url, prefix, client, guard, log }: StreamsOptions): Streams => {
  const names = { head: `${prefix}:head`, figures: `${prefix}:figures` }
  const me = `${process.pid}-${Math.random().toString(36).slice(2)}`
  const sizes = new Set<(size: number) => void>()
  const frames = new Set<(frame: unknown) => void>()
  const ending = new AbortController()
  const trim = { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: kept } } as const
  const add = async (name: string, fields: Record<string, string>): Promise<boolean> => {
    const sent = guard.run(() => client.xAdd(name, '*', { ...fields, by: me }, trim))
    return sent.then(
      () => true,
      () => false,
    )
  }

  const hear = (name: string, { by, size, frame }: Readonly<Record<string, string>>): void => {
    if (by === me) return
    if (name === names.head && Number.isSafeInteger(Number(size))) for (const tell of sizes) tell(Number(size))
    if (name === names.figures && frame !== undefined) {
      const parsed = parse(frame)
      for (const tell of frames) tell(parsed)
    }
  }
  const last = new Map([names.head, names.figures].map((name) => [name, '$'] as const))
  const readOn = async (reader: RedisClient): Promise<void> => {
    const from = [...last].map(([key, id]) => ({ key, id }))
    const found = await inTime(reader.xRead(from, { BLOCK: blockMs, COUNT: kept }), blockMs + lateMs)
    for (const { name, messages } of found ?? []) {
      for (const { id, message } of messages) {
        last.set(name, id)
        hear(name, message)
      }
    }
  }
  const listenOnce = async (well: () => void): Promise<void> => {
    const reader = connectRedis(url, 'libral-streams', log)
    const end = (): void => {
      if (reader.isOpen) reader.destroy()
    }
    ending.signal.addEventListener('abort', end, { once: true })
    try {
      await ready(reader, ending.signal)
      // What was told while nobody listened is asked of the store once.
      for (const tell of sizes) tell(Number.MAX_SAFE_INTEGER)
      while (!ending.signal.aborted) {
        await readOn(reader)
        well()
      }
    } finally {
      ending.signal.removeEventListener('abort', end)
      end()
    }
  }
  const listen = async (): Promise<void> => {
    for (let wait: number = pauseMs.first; !ending.signal.aborted; wait = Math.min(pauseMs.most, wait * 2)) {
      const well = (): void => {
        wait = pauseMs.first
      }
      await listenOnce(well).catch(() => undefined)
      await pause(wait, undefined, { ref: false, signal: ending.signal }).catch(() => undefined)
    }
  }
  const listening = listen()
  const publishFrame = (frame: TelemetryFrame): void => {
    if (client.isReady && !guard.open()) void add(names.figures, { frame: JSON.stringify(frame) })
  }
  return {
    names: Object.values(names),
    wakeups: (other) => ({
      publish: newestOnly(async (size: number) => {
        if (!(await add(names.head, { size: String(size) }))) other.publish(size)
      }),
      subscribe: (listener) => {
        sizes.add(listener)
        const unsubscribe = other.subscribe(listener)
        return () => {
          sizes.delete(listener)
          unsubscribe()
        }
      },
    }),
    relay: {
      publish: publishFrame,
      subscribe: (listener, now) => {
        const heard = (frame: unknown): void => listener(frame, now)
        frames.add(heard)
        return () => frames.delete(heard)
      },
    },
    close: async () => {
      ending.abort()
      await listening
    },
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
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
