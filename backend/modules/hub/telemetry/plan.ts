import { type RangeQuery, resolutions } from '#protocol/telemetry.ts'

/** Most points that a range answers with. */
export const pointsBound = 2_000

export interface Plan {
  /** Seconds of the kept resolution that is read. */
  readonly resolution: number
  /** Seconds per point of the answer: the resolution, or a multiple where even the coarsest has too many points. */
  readonly step: number
  /** Start of the first point, ms, a multiple of the step. */
  readonly start: number
  readonly points: number
}

const pointsOf = ({ from, to }: Pick<RangeQuery, 'from' | 'to'>, step: number): number =>
  Math.max(0, Math.ceil(to / (step * 1000)) - Math.floor(from / (step * 1000)))

const planned = (query: Pick<RangeQuery, 'from' | 'to'>, resolution: number, step: number): Plan => ({
  resolution,
  step,
  start: Math.floor(query.from / (step * 1000)) * step * 1000,
  points: pointsOf(query, step),
})

const coarsest: number = resolutions[2].seconds

/**
 * The finest kept resolution that reaches back to the start of the range with few enough points.
 *
 * @param finest seconds; other instances' single seconds are not kept here
 */
export const plan = (query: Pick<RangeQuery, 'from' | 'to'>, now: number, finest: number): Plan => {
  for (const { seconds, keepSeconds } of resolutions) {
    const reaches = seconds >= finest && query.from >= now - keepSeconds * 1000
    if (reaches && pointsOf(query, seconds) <= pointsBound) return planned(query, seconds, seconds)
  }
  let step = coarsest
  while (pointsOf(query, step) > pointsBound) {
    step = Math.max(step + coarsest, Math.floor((step * pointsOf(query, step)) / pointsBound / coarsest) * coarsest)
  }
  return planned(query, coarsest, step)
}
