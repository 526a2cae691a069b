import type { Range, Sample } from '#protocol/telemetry.ts'

/** What a chart draws: seconds since 1970 and, per metric, values of equal length; null where nothing was measured. */
export interface Plot {
  readonly at: readonly number[]
  readonly values: Readonly<Record<string, readonly (number | null)[]>>
  /** Lowest and highest of each point, where a point stands for more than a second. */
  readonly low: Readonly<Record<string, readonly (number | null)[]>>
  readonly high: Readonly<Record<string, readonly (number | null)[]>>
  /** Seconds per point. */
  readonly resolution: number
  readonly from: number
  readonly to: number
}

const breakAfterMs = 2_500

/** Live samples of the last `seconds`; a pause of more than two seconds becomes a break in the line. */
export const plotOfSamples = (samples: readonly Sample[], names: readonly string[], seconds: number): Plot => {
  const newest = samples.at(-1)?.at ?? 0
  const shown = samples.filter(({ at }) => at >= newest - seconds * 1_000)
  const at: number[] = []
  const values: Record<string, (number | null)[]> = Object.fromEntries(names.map((name) => [name, []]))
  shown.forEach((sample, index) => {
    const before = shown[index - 1]
    if (before && sample.at - before.at > breakAfterMs) {
      at.push((before.at + 1_000) / 1_000)
      for (const name of names) values[name]?.push(null)
    }
    at.push(sample.at / 1_000)
    for (const name of names) values[name]?.push(sample.values[name] ?? null)
  })
  return { at, values, low: {}, high: {}, resolution: 1, from: newest / 1_000 - seconds, to: newest / 1_000 }
}

const byMetric = (range: Range, of: 'min' | 'mean' | 'max') =>
  Object.fromEntries(range.series.map((series) => [series.metric, series[of]]))

/** A kept range. */
export const plotOfRange = (range: Range, from: number, to: number): Plot => ({
  at: range.at.map((at) => at / 1_000),
  values: byMetric(range, 'mean'),
  low: range.resolution > 1 ? byMetric(range, 'min') : {},
  high: range.resolution > 1 ? byMetric(range, 'max') : {},
  resolution: range.resolution,
  from: from / 1_000,
  to: to / 1_000,
})

export interface Gap {
  readonly from: number
  readonly to: number
}

const shortestGapPoints = 3

/**
 * Stretches without a single value of any metric, also before the first and after the last point: 監視停止. Seconds.
 * @param plot `at` ascending; `values` of everything measured, whatever is drawn of it
 */
export const gapsIn = (plot: Pick<Plot, 'at' | 'values' | 'resolution' | 'from' | 'to'>): readonly Gap[] => {
  const columns = Object.values(plot.values)
  const measured = plot.at.filter((_, index) => columns.some((column) => (column[index] ?? null) !== null))
  const edges = [plot.from, ...measured, plot.to]
  const longest = Math.max(shortestGapPoints * plot.resolution, 3)
  return edges.flatMap((from, index) => {
    const to = edges[index + 1]
    return to !== undefined && to - from > longest ? [{ from, to }] : []
  })
}
