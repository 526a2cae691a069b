import { bytes, bytesPerSecond, decimal, joined, milliseconds, percent } from '../../format/number.ts'
import type { Metric } from './metric.ts'

export interface Line {
  readonly metric: Metric
  /** Key of `monitoring:line.*`. */
  readonly label:
    | 'total'
    | 'used'
    | 'received'
    | 'sent'
    | 'read'
    | 'write'
    | 'requests'
    | 'errors'
    | 'p50'
    | 'p95'
    | 'p99'
    | 'commands'
  readonly colour: 1 | 2 | 3 | 4
}

export interface ChartSpec {
  readonly id: 'cpu' | 'memory' | 'network' | 'disk' | 'api' | 'latency' | 'commands' | 'eventLoop'
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
  /** Fixed top of the scale. */
  readonly max?: number
  readonly binary?: boolean
  /** Draws each core as a thin line behind. */
  readonly cores?: boolean
}

const perSecond = (value: number): string => `${decimal(value)}/s`

export const chartSpecs: readonly ChartSpec[] = [
  {
    id: 'cpu',
    lines: [{ metric: 'machine.cpu.percent', label: 'total', colour: 1 }],
    format: (value) => joined(percent(value)),
    max: 100,
    cores: true,
  },
  {
    id: 'memory',
    lines: [{ metric: 'machine.memory.used.bytes', label: 'used', colour: 1 }],
    format: (value) => joined(bytes(value)),
    binary: true,
  },
  {
    id: 'network',
    lines: [
      { metric: 'machine.network.received.bytes-per-second', label: 'received', colour: 1 },
      { metric: 'machine.network.sent.bytes-per-second', label: 'sent', colour: 2 },
    ],
    format: (value) => joined(bytesPerSecond(value)),
    binary: true,
  },
  {
    id: 'disk',
    lines: [
      { metric: 'machine.disk.read.bytes-per-second', label: 'read', colour: 1 },
      { metric: 'machine.disk.write.bytes-per-second', label: 'write', colour: 2 },
    ],
    format: (value) => joined(bytesPerSecond(value)),
    binary: true,
  },
  {
    id: 'api',
    lines: [
      { metric: 'api.requests.per-second', label: 'requests', colour: 1 },
      { metric: 'api.errors.per-second', label: 'errors', colour: 4 },
    ],
    format: perSecond,
  },
  {
    id: 'latency',
    lines: [
      { metric: 'api.latency.p50.ms', label: 'p50', colour: 2 },
      { metric: 'api.latency.p95.ms', label: 'p95', colour: 1 },
      { metric: 'api.latency.p99.ms', label: 'p99', colour: 3 },
    ],
    format: (value) => joined(milliseconds(value)),
  },
  {
    id: 'commands',
    lines: [{ metric: 'log.commands.per-second', label: 'commands', colour: 1 }],
    format: perSecond,
  },
  {
    id: 'eventLoop',
    lines: [{ metric: 'process.event-loop.delay.p99.ms', label: 'p99', colour: 1 }],
    format: (value) => joined(milliseconds(value)),
  },
]

/** Every metric that the charts draw, with at most sixteen cores: a query takes 32. */
export const chartMetrics = (cores: readonly string[]): readonly string[] => [
  ...chartSpecs.flatMap(({ lines }) => lines.map(({ metric }) => metric)),
  ...cores.slice(0, 16),
]
