import type { Sample } from '#protocol/telemetry.ts'
import type { TelemetryBucket } from '../../../storage/port.ts'

type Figures = readonly [min: number, sum: number, max: number, count: number]

/** Gathers samples into one bucket after another. */
export interface RollUp {
  /** @returns the bucket that this sample closed, if it did */
  add(sample: Sample): TelemetryBucket | null
  /** The bucket being filled. */
  current(): TelemetryBucket | null
  /** Takes up a bucket that an earlier run left half full. */
  seed(bucket: TelemetryBucket): void
}

const merged = (before: Figures | undefined, [min, sum, max, count]: Figures): Figures =>
  before
    ? [Math.min(before[0], min), before[1] + sum, Math.max(before[2], max), before[3] + count]
    : [min, sum, max, count]

export const windowStart = (at: number, resolution: number): number => at - (at % (resolution * 1000))

/** @param resolution seconds to a bucket */
export const createRollUp = (resolution: number, instance: string): RollUp => {
  let at = -1
  let figures = new Map<string, Figures>()

  const current = (): TelemetryBucket | null =>
    figures.size === 0
      ? null
      : { resolution, instance, at, values: [...figures].map(([metric, of]) => [metric, ...of] as const) }

  const moveTo = (start: number): TelemetryBucket | null => {
    if (start === at) return null
    const closed = current()
    at = start
    figures = new Map()
    return closed
  }

  return {
    add: (sample) => {
      const closed = moveTo(windowStart(sample.at, resolution))
      for (const [metric, value] of Object.entries(sample.values)) {
        figures.set(metric, merged(figures.get(metric), [value, value, value, 1]))
      }
      return closed
    },
    current,
    seed: (bucket) => {
      moveTo(bucket.at)
      for (const [metric, ...of] of bucket.values) figures.set(metric, merged(figures.get(metric), of))
    },
  }
}
