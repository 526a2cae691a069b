import { setTimeout as pause } from 'node:timers/promises'
import { ErrorReply } from '@redis/client'
import type { TelemetryFrame, TelemetryRelay } from '../modules/hub/telemetry/relay.ts'
import type { Wakeups } from '../storage/port.ts'
import type { Log } from '../transport/services.ts'
import { codeOf, inTime, type RedisClient } from './client.ts'
import type { Calls } from './link.ts'
import { assertPrimary } from './primary.ts'

/** Kept in a stream, so that who comes back after a moment hears of what was told meanwhile. */
const kept = 64
/** One read waits so long, ms; an answer that takes `lateMs` longer means that the connection is dead. */
const blockMs = 1_000
const lateMs = 1_000
/** After an answer that no reading can go on from, such as a name that holds something else. */
const refusedMs = 1_000

export interface StreamsOptions {
  readonly prefix: string
  readonly calls: Calls
  readonly log: Log
}

export interface Streams {
  /** Told in Redis; through the other way while Redis does not answer, and heard from both. */
  wakeups(other: Wakeups): Wakeups
  /** Through the other way while Redis can't be used. */
  relay(other: TelemetryRelay): TelemetryRelay
  /** Names of the streams. */
  readonly names: readonly string[]
  /** Hears what others tell over this connection until it is lost. */
  read(reader: RedisClient, over: AbortSignal): Promise<never>
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

/** `ms-seq`, as Redis makes them: whether the first comes after the other. */
export const isAfter = (one: string, other: string): boolean => {
  const [oneMs = 0, oneSeq = 0] = one.split('-').map(Number)
  const [otherMs = 0, otherSeq = 0] = other.split('-').map(Number)
  return oneMs > otherMs || (oneMs === otherMs && oneSeq > otherSeq)
}

/**
 * Two streams read by one connection: `head` says that the log has grown (only its size; the store says what happened),
 * `figures` carries telemetry. Nothing of it is needed: wake-ups have another way, and each instance looks by itself.
 */
export const openStreams = ({ prefix, calls, log }: StreamsOptions): Streams => {
  const names = { head: `${prefix}:head`, figures: `${prefix}:figures` }
  const me = `${process.pid}-${Math.random().toString(36).slice(2)}`
  const sizes = new Set<(size: number) => void>()
  const frames = new Set<(frame: unknown) => void>()
  const trim = { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: kept } } as const
  const add = async (name: string, fields: Record<string, string>): Promise<boolean> => {
    const sent = calls.run((client) => client.xAdd(name, '*', { ...fields, by: me }, trim))
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
  const last = new Map<string, string>()
  /** On where it was; a server that has forgotten, or whose clock is behind the last one's, is read from its end on. */
  const place = async (reader: RedisClient): Promise<void> => {
    for (const name of Object.values(names)) {
      const newest = await inTime(reader.xRevRange(name, '+', '-', { COUNT: 1 }), lateMs)
      const end = newest?.[0]?.id ?? '0-0'
      const known = last.get(name)
      if (known === undefined || isAfter(known, end)) last.set(name, end)
    }
  }
  const readOn = async (reader: RedisClient): Promise<void> => {
    const from = [...last].map(([key, id]) => ({ key, id }))
    const reading = reader.xRead(from, { BLOCK: blockMs, COUNT: kept })
    reading.catch(() => undefined)
    for (const { name, messages } of (await inTime(reading, blockMs + lateMs)) ?? []) {
      for (const { id, message } of messages) {
        last.set(name, id)
        hear(name, message)
      }
    }
  }
  const listen = async (reader: RedisClient): Promise<never> => {
    await place(reader)
    // What was told while nobody listened is asked of the store once.
    for (const tell of sizes) tell(Number.MAX_SAFE_INTEGER)
    for (;;) {
      await assertPrimary(reader)
      await readOn(reader)
    }
  }
  return {
    names: Object.values(names),
    read: async (reader, over) => {
      for (let told = false; ; told = true) {
        try {
          return await listen(reader)
        } catch (thrown) {
          // Counting goes on where only the streams can't be read; a lost connection is made anew.
          if (!(thrown instanceof ErrorReply)) throw thrown
          if (!told) log.warn('redis.streams-refused', { code: codeOf(thrown) })
          await pause(refusedMs, undefined, { ref: false, signal: over })
          await assertPrimary(reader)
        }
      }
    },
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
    relay: (other) => ({
      publish: (frame: TelemetryFrame) => {
        if (calls.open()) other.publish(frame)
        else void add(names.figures, { frame: JSON.stringify(frame) })
      },
      subscribe: (listener, now) => {
        const heard = (frame: unknown): void => listener(frame, now)
        frames.add(heard)
        const unsubscribe = other.subscribe(listener, now)
        return () => {
          frames.delete(heard)
          unsubscribe()
        }
      },
    }),
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
