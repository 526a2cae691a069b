import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Sample } from '#protocol/telemetry.ts'
import { backendNow } from '../../app/clock.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { useSettings } from '../../app/streams.ts'
import { useShade } from '../../app/theme.ts'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { ChartPanel } from './chart-panel.tsx'
import { chartMetrics, chartSpecs } from './chart-specs.ts'
import { coreMetrics } from './metric.ts'
import { type RangeId, rangeSeconds, refreshMs } from './range.ts'
import { gapsIn, type Plot, plotOfRange, plotOfSamples } from './series.ts'

interface ChartsProps {
  readonly samples: readonly Sample[]
  readonly instance: string | null
  readonly range: RangeId
}

/** A kept range of all charts in one call, read again as often as its resolution deserves. */
const useKeptRange = (metrics: readonly string[], instance: string | null, range: RangeId) =>
  useQuery({
    queryKey: ['telemetry.range', instance, range, metrics.length],
    enabled: refreshMs[range] !== null,
    refetchInterval: refreshMs[range] ?? false,
    queryFn: async () => {
      const to = backendNow()
      const from = to - rangeSeconds[range] * 1_000
      const kept = await desktop.telemetry.range({
        metrics: [...metrics],
        from,
        to,
        ...(instance !== null && { instance }),
      })
      return { range, plot: plotOfRange(kept, from, to) }
    },
  })

export const Charts = ({ samples, instance, range }: ChartsProps) => {
  const shade = useShade(useSettings()?.theme)
  const cores = coreMetrics(samples.at(-1)?.values ?? {})
  const metrics = chartMetrics(cores)
  const kept = useKeptRange(metrics, instance, range)
  const names = metrics.join(' ')
  const livePlot = useMemo(() => plotOfSamples(samples, names.split(' '), rangeSeconds['5m']), [samples, names])
  const keptPlot = kept.data?.range === range ? kept.data.plot : undefined
  const plot: Plot | undefined = range === '5m' ? livePlot : keptPlot
  // Of all metrics together: a chart without requests has no values, and yet the machine was watched.
  const gaps = useMemo(() => (plot === undefined ? [] : gapsIn(plot)), [plot])
  if (plot === undefined) {
    if (!kept.isError) return <Loading rows={4} />
    return <Failed failure={failureIn(kept.error)} onRetry={() => void kept.refetch()} />
  }
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(400px,1fr))] gap-3">
      {chartSpecs.map((spec) => (
        <ChartPanel key={spec.id} spec={spec} plot={plot} gaps={gaps} cores={cores} shade={shade} />
      ))}
    </div>
  )
}
