import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Instant } from '#protocol/ids.ts'
import type { Db } from '../schema.ts'

/** Crystals differ by less than 0.1 ms in ten seconds. */
const everyMs = 10_000

/** The database's clock, as this process knows it. */
export interface DatabaseClock {
  now(): Instant
  stop(): void
}

/**
 * Learns the database's time by asking now and then; in between a clock runs that nobody can set. Several instances thus
 * judge expiry by one time, whatever their machines' clocks say. @throws LibralError `storage.unavailable` at first
 */
export const followClock = async (db: Db): Promise<DatabaseClock> => {
  let ahead = 0
  const ask = async (): Promise<void> => {
    const asked = performance.now()
    const { rows } = await sql<{ at: number }>`
      select (extract(epoch from clock_timestamp()) * 1000)::bigint as at`.execute(db)
    const answered = performance.now()
    const [row] = rows
    if (row) ahead = row.at - (asked + answered) / 2
  }
  await ask()
  const ending = new AbortController()
  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await pause(everyMs, undefined, { ref: false, signal: ending.signal })
      await ask().catch(() => undefined)
    }
  }
  follow().catch(() => undefined)
  return { now: () => Math.round(performance.now() + ahead), stop: () => ending.abort() }
}
