import type { Sample } from '#protocol/telemetry.ts'
import {
  bytes,
  bytesPerSecond,
  decimal,
  type Figure,
  integer,
  joined,
  milliseconds,
  percent,
} from '../../format/number.ts'
import type { Metric } from './metric.ts'

export const tileIds = [
  'cpu',
  'memory',
  'disk',
  'network',
  'apiRate',
  'apiErrors',
  'apiLatency',
  'log',
  'connections',
  'eventLoop',
] as const
export type TileId = (typeof tileIds)[number]

/** ok, warning and bad stand against a threshold; plain has none; unknown has no figure. */
export type TileState = 'ok' | 'warning' | 'bad' | 'plain' | 'unknown'

type Values = Readonly<Record<string, number>>

interface TileSpec {
  readonly metric: Metric
  readonly figure: (value: number) => Figure
  readonly threshold?: { readonly warning: number; readonly bad: number }
  /** Has a figure only while there are requests. */
  readonly onDemand?: boolean
  /** Top of the sparkline's scale. */
  readonly max?: number
  /** Figures for the second line, in words of i18n `tile.ID.detail`. */
  readonly detail?: (values: Values) => Readonly<Record<string, string>> | null
}

const of = (values: Values, metric: Metric): number | undefined => values[metric]

const both = <T>(a: number | undefined, b: number | undefined, make: (a: number, b: number) => T): T | null =>
  a === undefined || b === undefined ? null : make(a, b)

export const tileSpecs: Readonly<Record<TileId, TileSpec>> = {
  cpu: {
    metric: 'machine.cpu.percent',
    figure: percent,
    threshold: { warning: 80, bad: 95 },
    max: 100,
    detail: (values) => both(of(values, 'machine.load.1'), 0, (load) => ({ load: decimal(load) })),
  },
  memory: {
    metric: 'machine.memory.percent',
    figure: percent,
    threshold: { warning: 85, bad: 95 },
    max: 100,
    detail: (values) =>
      both(of(values, 'machine.memory.used.bytes'), of(values, 'machine.memory.total.bytes'), (used, total) => ({
        used: joined(bytes(used)),
        total: joined(bytes(total)),
      })),
  },
  disk: { metric: 'machine.disk.max.percent', figure: percent, threshold: { warning: 85, bad: 95 }, max: 100 },
  network: {
    metric: 'machine.network.received.bytes-per-second',
    figure: bytesPerSecond,
    detail: (values) =>
      both(of(values, 'machine.network.sent.bytes-per-second'), 0, (sent) => ({ sent: joined(bytesPerSecond(sent)) })),
  },
  apiRate: { metric: 'api.requests.per-second', figure: (value) => ({ value: decimal(value), unit: '/s' }) },
  apiErrors: { metric: 'api.errors.percent', figure: percent, threshold: { warning: 1, bad: 5 } },
  apiLatency: {
    metric: 'api.latency.p95.ms',
    figure: milliseconds,
    threshold: { warning: 200, bad: 1_000 },
    onDemand: true,
    detail: (values) =>
      both(of(values, 'api.latency.p50.ms'), of(values, 'api.latency.p99.ms'), (p50, p99) => ({
        p50: joined(milliseconds(p50)),
        p99: joined(milliseconds(p99)),
      })),
  },
  log: {
    metric: 'log.commands.per-second',
    figure: (value) => ({ value: decimal(value), unit: '/s' }),
    detail: (values) => both(of(values, 'log.size'), 0, (size) => ({ size: integer(size) })),
  },
  connections: {
    metric: 'link.connections',
    figure: (value) => ({ value: integer(value), unit: '' }),
    detail: (values) => both(of(values, 'link.users'), 0, (users) => ({ users: integer(users) })),
  },
  eventLoop: {
    metric: 'process.event-loop.delay.p99.ms',
    figure: milliseconds,
    threshold: { warning: 50, bad: 200 },
    detail: (values) => both(of(values, 'process.cpu.percent'), 0, (busy) => ({ busy: joined(percent(busy)) })),
  },
}

/** Judges a figure: at the threshold already counts. */
export const tileState = (id: TileId, value: number | undefined): TileState => {
  const { threshold } = tileSpecs[id]
  if (value === undefined) return 'unknown'
  if (threshold === undefined) return 'plain'
  if (value >= threshold.bad) return 'bad'
  return value >= threshold.warning ? 'warning' : 'ok'
}

export interface Tile {
  readonly id: TileId
  readonly state: TileState
  /** null where there is no figure. */
  readonly figure: Figure | null
  /** Measured, but nothing asked: no figure is the right figure. */
  readonly idle: boolean
  readonly detail: Readonly<Record<string, string>> | null
  /** One point a second, oldest first, null where nothing was measured. */
  readonly history: readonly (number | null)[]
  readonly max: number | undefined
}

/** A tile from one instance's samples, oldest first. */
export const tileOf = (id: TileId, samples: readonly Sample[], seconds: number): Tile => {
  const spec = tileSpecs[id]
  const last = samples.at(-1)
  const value = last?.values[spec.metric]
  return {
    id,
    state: tileState(id, value),
    figure: value === undefined ? null : spec.figure(value),
    idle: last !== undefined && value === undefined && spec.onDemand === true,
    detail: last ? (spec.detail?.(last.values) ?? null) : null,
    history: secondly(samples, spec.metric, seconds),
    max: spec.max,
  }
}

/** The last seconds of a metric on an even grid. */
export const secondly = (samples: readonly Sample[], metric: string, seconds: number): readonly (number | null)[] => {
  const last = samples.at(-1)
  const grid: (number | null)[] = Array.from({ length: seconds }, () => null)
  if (last === undefined) return grid
  for (const sample of samples.slice(-seconds * 2)) {
    const index = seconds - 1 - Math.round((last.at - sample.at) / 1_000)
    if (index >= 0) grid[index] = sample.values[metric] ?? null
  }
  return grid
}
