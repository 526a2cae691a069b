import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Instant } from '#protocol/ids.ts'
import type { Db } from '../schema.ts'
import { aged, boundsOf, type ClockBounds, errorOf, middleOf, narrowed } from './clock-bounds.ts'

const everyMs = 10_000
/** Better is not needed; while it is worse, it is asked again at once, so many times. */
const goodMs = 50
const mostTries = 5

/** The database's clock, as this process knows it. */
export interface DatabaseClock {
  now(): Instant
  stop(): void
}

/** @returns the database's clock, ms */
const timeIn = (db: Db) => async (): Promise<number> => {
  const { rows } = await sql<{ at: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as at`.execute(db)
  return Number(rows[0]?.at)
}

/**
 * Learns the database's time by asking now and then; in between a clock runs that nobody can set. Several instances thus
 * judge expiry by one time, whatever their machines' clocks say. @throws LibralError `storage.unavailable` at first
 */
export const followClock = async (db: Db, ask = timeIn(db), now = () => performance.now()): Promise<DatabaseClock> => {
  let known: { readonly bounds: ClockBounds; readonly at: number } | null = null
  const measure = async (): Promise<ClockBounds> => {
    const asked = now()
    const theirs = await ask()
    const at = now()
    const measured = boundsOf(theirs, asked, at)
    const bounds = known === null ? measured : narrowed(aged(known.bounds, at - known.at), measured)
    known = { bounds, at }
    return bounds
  }
  const learn = async (): Promise<ClockBounds> => {
    let bounds = await measure()
    for (let tries = 1; tries < mostTries && errorOf(bounds) > goodMs; tries++) bounds = await measure()
    return bounds
  }
  let ahead = middleOf(await learn())
  const ending = new AbortController()
  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await pause(everyMs, undefined, { ref: false, signal: ending.signal })
      ahead = await learn().then(middleOf, () => ahead)
    }
  }
  follow().catch(() => undefined)
  return { now: () => Math.round(now() + ahead), stop: () => ending.abort() }
}
