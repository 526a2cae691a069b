import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Wakeups } from '../port.ts'
import { clientConfig, type Settings } from './connection.ts'

/** https://www.postgresql.org/docs/15/sql-notify.html: told after the commit, so it never holds one up. */
const channel = 'libral_head'
const backOff = { firstMs: 100, mostMs: 5_000 } as const

export interface Notices extends Wakeups {
  close(): Promise<void>
}

/** Wake-ups over a connection of their own, made anew with growing pauses whenever it is lost. */
export const openNotices = (settings: Settings): Notices => {
  const listeners = new Set<(size: number) => void>()
  const ending = new AbortController()
  let client: pg.Client | undefined
  let telling = false
  let newest = 0

  const hear = (size: number): void => {
    for (const listener of listeners) listener(size)
  }
  const listenOnce = async (connected: () => void): Promise<void> => {
    // It waits for hours; only the statements of others have a limit.
    const made = new pg.Client({ ...clientConfig(settings), statement_timeout: 0 })
    const lost = new Promise<void>((resolve) => {
      made.on('error', () => resolve())
      made.on('end', () => resolve())
    })
    const end = (): void => void made.end().catch(() => undefined)
    ending.signal.addEventListener('abort', end)
    made.on('notification', ({ payload }) => hear(Number(payload)))
    try {
      // A connection that is ended while it is being made never says so of itself.
      await Promise.race([made.connect(), lost])
      await Promise.race([made.query(`listen ${channel}`), lost])
      client = made
      connected()
      await lost
    } finally {
      client = undefined
      ending.signal.removeEventListener('abort', end)
      end()
    }
  }
  const keep = async (): Promise<void> => {
    for (
      let pauseMs: number = backOff.firstMs;
      !ending.signal.aborted;
      pauseMs = Math.min(backOff.mostMs, pauseMs * 2)
    ) {
      await listenOnce(() => {
        pauseMs = backOff.firstMs
      }).catch(() => undefined)
      if (!ending.signal.aborted) await pause(pauseMs, undefined, { ref: false, signal: ending.signal })
    }
  }
  const kept = keep().catch(() => undefined)
  /** One at a time: what grew meanwhile goes with the next. */
  const tell = async (): Promise<void> => {
    if (telling) return
    telling = true
    for (let told = -1; client && told !== newest; ) {
      told = newest
      await client.query(`notify ${channel}, '${told}'`).catch(() => undefined)
    }
    telling = false
  }
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
      await kept
    },
  }
}
