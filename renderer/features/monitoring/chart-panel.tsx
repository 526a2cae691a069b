import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Shade } from '../../app/theme.ts'
import type { ChartLine } from '../../ui/chart.tsx'
import { Panel } from '../../ui/panel.tsx'
import type { ChartSpec } from './chart-specs.ts'
import type { Gap, Plot } from './series.ts'

const Chart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).Chart }))

interface ChartPanelProps {
  readonly spec: ChartSpec
  readonly plot: Plot
  readonly gaps: readonly Gap[]
  readonly cores: readonly string[]
  readonly shade: Shade
}

/** Core lines lie behind the total. */
const linesOf = ({ spec, plot, cores }: ChartPanelProps, name: (line: ChartSpec['lines'][number]) => string) => [
  ...(spec.cores ? cores : []).map(
    (core): ChartLine => ({ label: core, colour: '--chart-2', values: plot.values[core] ?? [], pale: true }),
  ),
  ...spec.lines.map(
    (line): ChartLine => ({
      label: name(line),
      colour: `--chart-${line.colour}`,
      values: plot.values[line.metric] ?? [],
      ...(spec.lines.length === 1 && { low: plot.low[line.metric], high: plot.high[line.metric] }),
    }),
  ),
]

const Legend = ({
  lines,
  spec,
  index,
}: {
  readonly lines: readonly ChartLine[]
  readonly spec: ChartSpec
  readonly index: number
}) => (
  <ul className="flex flex-wrap gap-x-4">
    {lines
      .filter(({ pale }) => !pale)
      .map((line) => {
        const value = line.values[index] ?? null
        return (
          <li key={line.label} className="flex items-center gap-1.5 text-muted">
            <span
              aria-hidden="true"
              data-series=""
              className="h-0.5 w-3"
              style={{ background: `var(${line.colour})` }}
            />
            {line.label}
            <span className="figure min-w-14 text-text">{value === null ? '–' : spec.format(value)}</span>
          </li>
        )
      })}
  </ul>
)

export const ChartPanel = (props: ChartPanelProps) => {
  const { t } = useTranslation('monitoring')
  const [point, setPoint] = useState<number | null>(null)
  const { spec, plot, gaps, cores, shade } = props
  const lines = linesOf(props, (line) => t(`line.${line.label}`))
  return (
    <Panel
      title={t(`chart.${spec.id}`)}
      note={spec.cores && cores.length > 0 ? t('chart.cores', { count: cores.length }) : undefined}
      wraps
      actions={<Legend lines={lines} spec={spec} index={point ?? plot.at.length - 1} />}
    >
      <Suspense fallback={<div className="skeleton h-37.5" />}>
        <Chart
          at={plot.at}
          lines={lines}
          from={plot.from}
          to={plot.to}
          max={spec.max}
          format={spec.format}
          binary={spec.binary ?? false}
          gaps={gaps}
          gapLabel={t('chart.gap')}
          label={t(`chart.${spec.id}`)}
          shade={shade}
          onPoint={setPoint}
        />
      </Suspense>
    </Panel>
  )
}
