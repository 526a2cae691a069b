import { setImmediate as breathe } from 'node:timers/promises'
import { type Range, type RangeQuery, resolutions, type Sample } from '#protocol/telemetry.ts'
import type { TelemetryBucket, TelemetryStore } from '../../../storage/port.ts'
import { createGrid, type Grid } from './grid.ts'
import { type Plan, plan } from './plan.ts'
import { createRing } from './ring.ts'
import { createRollUp, windowStart } from './roll-up.ts'

/** Samples of one instance: the last hour in memory, roll-ups in the store. */
export interface History {
  /** Takes up the buckets that an earlier run left half full. */
  restore(now: number): Promise<void>
  add(sample: Sample): void
  /** Writes what has been rolled up since the last time; what fails stays for the next. */
  flush(): Promise<void>
  /** Writes also the buckets being filled: the end of this run. */
  close(): Promise<void>
  /** Deletes what is older than each resolution is kept. */
  sweep(now: number): Promise<void>
  range(query: RangeQuery, now: number): Promise<Range>
}

const fine = resolutions[1].seconds
const coarse = resolutions[2].seconds
/** Buckets that may wait for a store that refuses them: an hour of the fine ones. */
const waitingBound = 400
/** Buckets read at a time, so that a month's worth does not hold the event loop. */
const chunk = 50

/**
 * Says within each ten-second bucket which of its seconds were sampled: every second adds its own power of two, so the
 * sum is a set of bits. Without it a second that nobody measured could not be told from its neighbours.
 */
const secondsMetric = 'telemetry.seconds'
const marked = (sample: Sample): Sample => {
  const nth = Math.floor(sample.at / 1000) % fine
  return { ...sample, values: { ...sample.values, [secondsMetric]: 2 ** nth } }
}
const secondsOf = ({ at, values }: TelemetryBucket): readonly number[] => {
  const bits = values.find(([metric]) => metric === secondsMetric)?.[2] ?? 0
  return Array.from({ length: fine }, (_, nth) => nth)
    .filter((nth) => (bits & (2 ** nth)) !== 0)
    .map((nth) => at + nth * 1000)
}

const idOf = (bucket: TelemetryBucket): string => `${bucket.resolution} ${bucket.at}`

export const createHistory = (store: TelemetryStore, instance: string): History => {
  const ring = createRing(resolutions[0].keepSeconds)
  const rollUps = [createRollUp(fine, instance), createRollUp(coarse, instance)] as const
  const waiting = new Map<string, TelemetryBucket>()

  const wait = (bucket: TelemetryBucket | null): void => {
    if (!bucket) return
    waiting.set(idOf(bucket), bucket)
    const oldest = waiting.keys().next().value
    if (waiting.size > waitingBound && oldest !== undefined) waiting.delete(oldest)
  }

  /** Buckets of this run that the store may not have, or has only in part. */
  const unwritten = (resolution: number): ReadonlyMap<number, TelemetryBucket> => {
    const open = rollUps.map((rollUp) => rollUp.current()).filter((bucket) => bucket !== null)
    const own = [...waiting.values(), ...open].filter((bucket) => bucket.resolution === resolution)
    return new Map(own.map((bucket) => [bucket.at, bucket]))
  }

  const eachBucket = async (
    query: { readonly resolution: number; readonly of: string; readonly from: number; readonly to: number },
    visit: (bucket: TelemetryBucket) => void,
  ): Promise<void> => {
    const own = query.of === instance ? unwritten(query.resolution) : new Map<number, TelemetryBucket>()
    const width = query.resolution * 1000 * chunk
    for (let from = query.from; from < query.to; from += width) {
      const until = Math.min(from + width, query.to)
      for (const bucket of await store.range(query.resolution, query.of, from, until)) {
        if (!own.has(bucket.at)) visit(bucket)
      }
      if (until < query.to) await breathe()
    }
    for (const bucket of own.values()) visit(bucket)
  }

  /** Seconds from the ring; those before this run from the ten-second buckets, over the seconds that they hold. */
  const fillSeconds = async (grid: Grid, metrics: readonly string[], { start, points }: Plan): Promise<void> => {
    const first = start / 1000
    for (const metric of metrics) {
      for (let second = first; second < first + points; second += 1) {
        const value = ring.value(metric, second)
        if (!Number.isNaN(value)) grid.addValue(metric, second * 1000, value)
      }
    }
    const since = Math.min(ring.since(), first + points)
    if (first >= since) return
    const earlier = { resolution: fine, of: instance, from: windowStart(start, fine), to: since * 1000 }
    await eachBucket(earlier, (bucket) => {
      const sampled = secondsOf(bucket).filter((at) => at < since * 1000)
      for (const [metric, min, sum, max, count] of bucket.values) {
        for (const at of sampled.slice(0, count)) grid.add({ at, values: [[metric, min, sum / count, max, 1]] })
      }
    })
  }

  const flush = async (): Promise<void> => {
    const batch = [...waiting.values()]
    if (batch.length === 0) return
    await store.put(batch)
    for (const bucket of batch) if (waiting.get(idOf(bucket)) === bucket) waiting.delete(idOf(bucket))
  }

  return {
    restore: async (now) => {
      for (const [nth, rollUp] of rollUps.entries()) {
        const resolution = nth === 0 ? fine : coarse
        const stored = await store.range(resolution, instance, windowStart(now, resolution), now + 1)
        for (const bucket of stored) rollUp.seed(bucket)
      }
    },
    add: (sample) => {
      ring.put(Math.floor(sample.at / 1000), sample.values)
      const closed = rollUps[0].add(marked(sample))
      wait(closed)
      wait(rollUps[1].add(sample))
      // The coarse bucket is written as it grows, so that a kill loses ten seconds and not five minutes.
      if (closed) wait(rollUps[1].current())
    },
    flush,
    close: () => {
      for (const rollUp of rollUps) wait(rollUp.current())
      return flush()
    },
    sweep: async (now) => {
      for (const { seconds, keepSeconds } of resolutions.slice(1)) {
        await store.sweep(seconds, windowStart(now - keepSeconds * 1000, seconds))
      }
    },
    range: async (query, now) => {
      const of = query.instance ?? instance
      const planned = plan(query, now, of === instance ? resolutions[0].seconds : fine)
      const metrics = [...new Set(query.metrics)]
      const grid = createGrid(metrics, planned)
      if (planned.resolution === resolutions[0].seconds) {
        await fillSeconds(grid, metrics, planned)
        return grid.range()
      }
      const { resolution } = planned
      const kept = resolution === fine ? resolutions[1].keepSeconds : resolutions[2].keepSeconds
      const from = Math.max(planned.start, windowStart(now - kept * 1000, resolution))
      const to = Math.min(planned.start + planned.points * planned.step * 1000, now + resolution * 1000)
      await eachBucket({ resolution, of, from, to }, grid.add)
      return grid.range()
    },
  }
}
