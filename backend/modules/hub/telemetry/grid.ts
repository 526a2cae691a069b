import type { Range } from '#protocol/telemetry.ts'
import type { TelemetryBucket } from '../../../storage/port.ts'
import type { Plan } from './plan.ts'

/** Gathers buckets and single values into the points of a range. */
export interface Grid {
  add(bucket: Pick<TelemetryBucket, 'at' | 'values'>): void
  /** One measured value at one time. */
  addValue(metric: string, at: number, value: number): void
  /** A point without data is `null` in all three arrays. */
  range(): Range
}

interface Column {
  readonly min: Float64Array
  readonly sum: Float64Array
  readonly max: Float64Array
  readonly count: Float64Array
}

const createColumn = (points: number): Column => ({
  min: new Float64Array(points).fill(Number.POSITIVE_INFINITY),
  sum: new Float64Array(points),
  max: new Float64Array(points).fill(Number.NEGATIVE_INFINITY),
  count: new Float64Array(points),
})

const drawn = (column: Column, pick: (at: number) => number): (number | null)[] =>
  Array.from(column.count, (count, at) => (count === 0 ? null : pick(at)))

const at = (array: Float64Array, index: number): number => array[index] ?? 0

export const createGrid = (metrics: readonly string[], { start, step, points }: Plan): Grid => {
  const columns = new Map(metrics.map((metric) => [metric, createColumn(points)] as const))

  const put = (metric: string, time: number, min: number, sum: number, max: number, count: number): void => {
    const column = columns.get(metric)
    const point = Math.floor((time - start) / (step * 1000))
    if (!column || point < 0 || point >= points || count <= 0) return
    column.min[point] = Math.min(at(column.min, point), min)
    column.sum[point] = at(column.sum, point) + sum
    column.max[point] = Math.max(at(column.max, point), max)
    column.count[point] = at(column.count, point) + count
  }

  return {
    add: (bucket) => {
      for (const [metric, min, sum, max, count] of bucket.values) put(metric, bucket.at, min, sum, max, count)
    },
    addValue: (metric, time, value) => put(metric, time, value, value, value, 1),
    range: () => ({
      resolution: step,
      at: Array.from({ length: points }, (_, point) => start + point * step * 1000),
      series: [...columns].map(([metric, column]) => ({
        metric,
        min: drawn(column, (point) => at(column.min, point)),
        mean: drawn(column, (point) => at(column.sum, point) / at(column.count, point)),
        max: drawn(column, (point) => at(column.max, point)),
      })),
    }),
  }
}
