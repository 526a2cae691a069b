import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Sample } from '#protocol/telemetry.ts'
import type { MeteredCall } from './services.ts'

export interface Prometheus {
  observe(call: MeteredCall): void
  /** The sample of this second, the same that screens show. */
  sample(sample: Sample): void
  /** Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
  stop(): void
}

/** Counts only as far as a label can't grow without bound: procedures and codes are fixed lists, metrics are sampled. */
const longestSample = 2_000

/** Figures for `/metrics`: this process, the API per procedure and code, and the machine's and kernel's samples. */
export const createPrometheus = (connections: () => number): Prometheus => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const calls = new Histogram({
    name: 'libral_api_duration_seconds',
    help: 'Duration of API calls by procedure and outcome code.',
    labelNames: ['procedure', 'code'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  })
  new Gauge({
    name: 'libral_connections',
    help: 'WebSocket connections of both kinds.',
    registers: [registry],
    collect() {
      this.set(connections())
    },
  })
  const telemetry = new Gauge({
    name: 'libral_telemetry',
    help: 'The latest sample; metric names as in the telemetry of the control center, units in the name.',
    labelNames: ['instance', 'metric'],
    registers: [registry],
  })
  return {
    observe: ({ procedure, ms, code }) => calls.observe({ procedure, code: code ?? 'ok' }, ms / 1_000),
    sample: ({ instance, values }) => {
      // A disk that was unplugged must not keep its last figure.
      telemetry.reset()
      for (const [metric, value] of Object.entries(values).slice(0, longestSample)) {
        telemetry.set({ instance, metric }, value)
      }
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    stop: () => registry.clear(),
  }
}
