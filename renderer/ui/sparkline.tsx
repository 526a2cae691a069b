import { memo } from 'react'

interface SparklineProps {
  /** Oldest first; null is a gap. */
  readonly values: readonly (number | null)[]
  /** Top of the scale; absent: the largest value. */
  readonly max?: number
}

const width = 120
const height = 28

/** Line segments between gaps, as one SVG path. */
export const sparkPath = (values: readonly (number | null)[], max: number | undefined): string => {
  const top = Math.max(max ?? 0, ...values.map((value) => value ?? 0), Number.MIN_VALUE)
  const step = width / Math.max(1, values.length - 1)
  let pen = 'M'
  let path = ''
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M'
      return
    }
    const y = height - 1.5 - (Math.max(0, value) / top) * (height - 3)
    path += `${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`
    pen = 'L'
  })
  return path
}

/** The last minutes at a glance; decoration beside a figure that says the same. */
export const Sparkline = memo(({ values, max }: SparklineProps) => (
  <svg
    aria-hidden="true"
    data-series=""
    viewBox={`0 0 ${width} ${height}`}
    preserveAspectRatio="none"
    className="h-full min-h-7 w-full"
    fill="none"
  >
    <path d={sparkPath(values, max)} stroke="currentColor" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
  </svg>
))
Sparkline.displayName = 'Sparkline'
