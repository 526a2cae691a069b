/** The last hour at one second, in typed arrays: one column per metric, NaN where nothing was measured. */
export interface Ring {
  put(second: number, values: Readonly<Record<string, number>>): void
  /** The value of one second; NaN when that second was not sampled, or without this metric. */
  value(metric: string, second: number): number
  /** First second ever put; Infinity before that. */
  readonly since: () => number
}

/** More metrics than this are not kept: names come from mounts and procedures, which strangers might multiply. */
const columnsBound = 1_000

export const createRing = (seconds: number): Ring => {
  const stamps = new Float64Array(seconds).fill(-1)
  const columns = new Map<string, Float64Array>()
  let since = Number.POSITIVE_INFINITY

  const columnOf = (metric: string): Float64Array | undefined => {
    const known = columns.get(metric)
    if (known || columns.size >= columnsBound) return known
    const column = new Float64Array(seconds).fill(Number.NaN)
    columns.set(metric, column)
    return column
  }

  return {
    put: (second, values) => {
      const slot = second % seconds
      stamps[slot] = second
      since = Math.min(since, second)
      for (const column of columns.values()) column[slot] = Number.NaN
      for (const [metric, value] of Object.entries(values)) {
        const column = columnOf(metric)
        if (column) column[slot] = value
      }
    },
    value: (metric, second) => {
      const slot = second % seconds
      return stamps[slot] === second ? (columns.get(metric)?.[slot] ?? Number.NaN) : Number.NaN
    },
    since: () => since,
  }
}
