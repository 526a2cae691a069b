import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { inJapan, minute, monthDay, second } from '../format/instant.ts'

export interface ChartLine {
  readonly label: string
  /** A CSS custom property: `--chart-1`. */
  readonly colour: string
  readonly values: readonly (number | null)[]
  /** Thin and pale: a part of the whole. */
  readonly pale?: boolean
  /** Each value has a mark of its own: few values, of which one may stand alone. */
  readonly dots?: boolean
  readonly low?: readonly (number | null)[] | undefined
  readonly high?: readonly (number | null)[] | undefined
}

export interface ChartProps {
  /** Seconds since 1970, ascending. */
  readonly at: readonly number[]
  readonly lines: readonly ChartLine[]
  readonly from: number
  readonly to: number
  readonly max?: number | undefined
  readonly format: (value: number) => string
  /** Ticks at powers of two, for bytes. */
  readonly binary: boolean
  readonly gaps: readonly { readonly from: number; readonly to: number }[]
  readonly gapLabel: string
  readonly label: string
  /** Changes with the theme: colours are read anew. */
  readonly shade: string
  readonly onPoint: (index: number | null) => void
}

const height = 150
const axisFont = '12px "Noto Sans JP Variable", sans-serif'
const day = 86_400

const colourOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Hatches the stretches in which nothing was measured, and says so where there is room. */
const drawGaps = (plot: uPlot, { gaps, gapLabel }: ChartProps): void => {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const gap of gaps) {
    const left = plot.valToPos(gap.from, 'x', true)
    const width = plot.valToPos(gap.to, 'x', true) - left
    ctx.fillStyle = colourOf('--chart-gap')
    ctx.fillRect(left, bbox.top, width, bbox.height)
    if (width < 52 * devicePixelRatio) continue
    ctx.fillStyle = colourOf('--faint')
    ctx.font = axisFont.replace('12px', `${12 * devicePixelRatio}px`)
    ctx.textAlign = 'center'
    ctx.textBaseline = 'middle'
    ctx.fillText(gapLabel, left + width / 2, bbox.top + bbox.height / 2)
  }
  ctx.restore()
}

const axisTime = (from: number, to: number) => (_: uPlot, ticks: readonly number[]) =>
  ticks.map((tick) => {
    if (to - from > 2 * day) return monthDay(tick * 1_000)
    return to - from > 600 ? minute(tick * 1_000) : second(tick * 1_000)
  })

/** Steps of the time axis, seconds: uPlot's own have nothing between one minute and five. */
const timeSteps = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200].concat(
  [1, 2, 3, 5, 7, 10].map((days) => days * day),
)

const powersOfTwo = Array.from({ length: 50 }, (_, power) => 2 ** power)

/** Ticks are round: `50%`, not `50.0%`. */
const shortened = (text: string): string => text.replace(/\.0+(?=\D|$)/, '')

const optionsOf = (width: number, read: () => ChartProps): uPlot.Options => {
  const first = read()
  const grid = { stroke: colourOf('--chart-grid'), width: 1 }
  const axis = { stroke: colourOf('--faint'), font: axisFont, grid, ticks: { show: false } }
  const banded = first.lines.filter(({ low, high }) => low && high)
  return {
    width,
    height,
    // Ticks of days and hours stand where Japan's begin.
    tzDate: (at) => inJapan(at * 1_000),
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'monitoring' }, y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: () => [read().from, read().to] },
      y: { range: (_, __, high) => [0, read().max ?? Math.max((high || 1) * 1.15, Number.MIN_VALUE)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 76,
        incrs: timeSteps,
        values: (plot, ticks) => axisTime(read().from, read().to)(plot, ticks),
      },
      {
        ...axis,
        size: 72,
        space: 34,
        ...(first.binary && { incrs: [...powersOfTwo] }),
        values: (_, ticks) => ticks.map((tick) => shortened(read().format(tick))),
      },
    ],
    series: [
      {},
      ...first.lines.map(({ colour, pale, label, dots = false }) => ({
        label,
        stroke: colourOf(colour),
        width: pale ? 0.8 : 1.6,
        alpha: pale ? 0.4 : 1,
        points: { show: dots, size: 5 },
        spanGaps: false,
      })),
      ...banded.flatMap(() => [{ points: { show: false } }, { points: { show: false } }]),
    ],
    bands: banded.map(({ colour }, index) => ({
      series: [first.lines.length + 2 + index * 2, first.lines.length + 1 + index * 2],
      fill: `color-mix(in srgb, ${colourOf(colour)} 18%, transparent)`,
    })),
    hooks: {
      // After the grid, before the lines.
      drawAxes: [(plot) => drawGaps(plot, read())],
      setCursor: [(plot) => read().onPoint(plot.cursor.idx ?? null)],
    },
  }
}

const dataOf = ({ at, lines }: ChartProps): uPlot.AlignedData => {
  const banded = lines.filter(({ low, high }) => low && high)
  const columns = [
    at,
    ...lines.map(({ values }) => values),
    ...banded.flatMap(({ low = [], high = [] }) => [low, high]),
  ]
  return columns as readonly (readonly (number | null)[])[] as uPlot.AlignedData
}

/** Lines over time. The figures stand in the caller's legend, so the canvas itself is only named. */
export const Chart = (props: ChartProps) => {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const latest = useRef(props)
  latest.current = props
  const shape = `${props.shade} ${props.lines.map(({ label, low }) => `${label}${low ? '~' : ''}`).join('|')}`
  useEffect(() => {
    const element = host.current
    if (element === null || shape === '') return
    const made = new uPlot(
      optionsOf(element.clientWidth, () => latest.current),
      dataOf(latest.current),
      element,
    )
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape])
  useEffect(() => {
    plot.current?.setData(dataOf(props), true)
  }, [props])
  return <div ref={host} role="img" aria-label={props.label} className="w-full" style={{ height }} />
}
