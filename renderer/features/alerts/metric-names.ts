import { useTranslation } from 'react-i18next'
import type { ja } from '../../i18n/ja/index.ts'
import type { Metric } from '../monitoring/metric.ts'

type Known = keyof typeof ja.alerts.metric

/** Metrics that have a name of their own; the others are shown as they are called. */
export const namedMetrics = {
  'machine.cpu.percent': 'cpu',
  'machine.memory.percent': 'memory',
  'machine.disk.max.percent': 'disk',
  'machine.load.1': 'load',
  'api.errors.percent': 'apiErrors',
  'api.requests.per-second': 'apiRate',
  'api.latency.p95.ms': 'apiP95',
  'process.event-loop.delay.p99.ms': 'eventLoop',
  'process.heap.used.bytes': 'heap',
  'log.commands.per-second': 'commands',
  'log.commit.p95.ms': 'commit',
  'storage.wal.bytes': 'wal',
  'outbox.depth': 'outbox',
  'inbox.depth': 'inbox',
  'feed.lag.p95.ms': 'feedLag',
  'link.connections': 'connections',
  'payments.providers.away': 'paymentsAway',
  'payments.questions': 'paymentsQuestions',
} as const satisfies Partial<Record<Metric, Known>>

export const useMetricName = (): ((metric: string) => string) => {
  const { t } = useTranslation('alerts')
  return (metric) => {
    const named = Object.hasOwn(namedMetrics, metric) ? namedMetrics[metric as keyof typeof namedMetrics] : null
    return named === null ? metric : t(`metric.${named}`)
  }
}
