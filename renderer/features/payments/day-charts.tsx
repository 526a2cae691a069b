import { lazy, Suspense, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type DayRow, days } from '#protocol/payments-records.ts'
import { useList } from '../../app/collection.ts'
import { useSettings } from '../../app/streams.ts'
import { type Shade, useShade } from '../../app/theme.ts'
import { duration } from '../../format/duration.ts'
import { date } from '../../format/instant.ts'
import { joined, percent } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Panel } from '../../ui/panel.tsx'
import { type Pair, type Series, seriesOf } from './overview.ts'
import { useMoney } from './words.ts'

const Chart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).Chart }))

type Measure = Exclude<keyof Series, 'at'>
const measures: readonly Measure[] = ['captured', 'success', 'refunded', 'settle']
const colours: Readonly<Record<Measure, string>> = {
  captured: '--chart-1',
  success: '--chart-2',
  refunded: '--chart-3',
  settle: '--chart-4',
}

interface DayChartProps {
  readonly measure: Measure
  readonly series: Series
  readonly shade: Shade
  readonly format: (value: number) => string
}

const DayChart = ({ measure, series, shade, format }: DayChartProps) => {
  const { t } = useTranslation('payments')
  const [point, setPoint] = useState<number | null>(null)
  const values = series[measure]
  const index = point ?? values.length - 1
  const value = values[index] ?? null
  const at = series.at[index]
  const label = t(`chart.${measure}`)
  return (
    <Panel
      title={label}
      actions={
        <span className="figure text-muted">
          {at === undefined ? '' : date(at * 1_000)}
          <span className="ml-3 font-bold text-text">{value === null ? '–' : format(value)}</span>
        </span>
      }
    >
      <Suspense fallback={<div className="skeleton h-37.5" />}>
        <Chart
          at={series.at}
          lines={[{ label, colour: colours[measure], values, dots: true }]}
          from={series.at[0] ?? 0}
          to={series.at.at(-1) ?? 0}
          max={measure === 'success' ? 105 : undefined}
          format={format}
          binary={false}
          gaps={[]}
          gapLabel=""
          label={label}
          shade={shade}
          onPoint={setPoint}
        />
      </Suspense>
    </Panel>
  )
}

/** Volume, success, refunds and time to settle, a point for each business day. */
export const DayCharts = ({
  pair,
  today,
  days: span,
}: {
  readonly pair: Pair
  readonly today: string
  readonly days: number
}) => {
  const locale = useLocale()
  const amount = useMoney()
  const shade = useShade(useSettings()?.theme)
  const where = { provider: [pair.provider], currency: [pair.currency] }
  const { rows } = useList<DayRow>(days.name, { where, limit: 100 })
  const series = useMemo(() => seriesOf(rows, today, span), [rows, today, span])
  const sum = (value: number): string => amount(pair.currency, Math.round(value))
  const formats: Readonly<Record<Measure, (value: number) => string>> = {
    captured: sum,
    refunded: sum,
    success: (value) => joined(percent(value)),
    settle: (value) => duration(locale, value),
  }
  return (
    <div className="grid gap-3 xl:grid-cols-2">
      {measures.map((measure) => (
        <DayChart key={measure} measure={measure} series={series} shade={shade} format={formats[measure]} />
      ))}
    </div>
  )
}
