import { type Inventory, metrics } from '#protocol/telemetry.ts'
import type { MeteredCall } from '../../../transport/services.ts'
import { createSlidingHistogram, type SlidingHistogram, type WindowView } from './histogram.ts'

type Values = Record<string, number>

/** Rate, errors and latency of the API, whole and per procedure. */
export interface ApiMeter {
  record(call: MeteredCall, now: number): void
  /** Rates since the last call of this function, percentiles of the last ten seconds. */
  values(now: number): Values
  /** Of the last minute, busiest first. */
  procedures(now: number): Inventory['procedures']
}

interface Procedure {
  readonly short: SlidingHistogram
  readonly long: SlidingHistogram
  requests: number
  errors: number
}

/** Names come from the contract; the bound keeps a mistake there from filling memory. */
const proceduresBound = 64

const createProcedure = (): Procedure => ({
  short: createSlidingHistogram(10, 1_000),
  long: createSlidingHistogram(6, 10_000),
  requests: 0,
  errors: 0,
})

const quantiles = (view: WindowView) => ({
  p50: view.quantile(0.5),
  p95: view.quantile(0.95),
  p99: view.quantile(0.99),
})

/** What has no figure (a percentile of no calls) is left out rather than shown as zero. */
const put = (values: Values, metric: string, value: number | null): void => {
  if (value !== null) values[metric] = value
}

export const createApiMeter = (): ApiMeter => {
  const whole = createProcedure()
  const byName = new Map<string, Procedure>()
  let since: number | undefined

  const procedureOf = (name: string): Procedure | undefined => {
    const known = byName.get(name)
    if (known || byName.size >= proceduresBound) return known
    const created = createProcedure()
    byName.set(name, created)
    return created
  }
  const drained = (procedure: Procedure, seconds: number) => {
    const { requests, errors } = procedure
    procedure.requests = 0
    procedure.errors = 0
    return { rate: requests / seconds, errorRate: errors / seconds }
  }
  const wholeValues = (values: Values, now: number, seconds: number): void => {
    const { rate, errorRate } = drained(whole, seconds)
    const view = whole.short.view(now)
    const { p50, p95, p99 } = quantiles(view)
    put(values, metrics.apiRate, rate)
    put(values, metrics.apiErrors, errorRate)
    put(values, metrics.apiErrorPercent, view.requests === 0 ? 0 : (100 * view.errors) / view.requests)
    put(values, metrics.apiP50, p50)
    put(values, metrics.apiP95, p95)
    put(values, metrics.apiP99, p99)
  }

  return {
    record: ({ procedure, ms, code }, now) => {
      for (const one of [whole, procedureOf(procedure)]) {
        if (!one) continue
        one.requests += 1
        one.errors += code === null ? 0 : 1
        one.short.record(ms, code !== null, now)
        one.long.record(ms, code !== null, now)
      }
    },
    values: (now) => {
      const seconds = Math.max(0.001, (now - (since ?? now - 1_000)) / 1000)
      since = now
      const values: Values = {}
      wholeValues(values, now, seconds)
      for (const [name, procedure] of byName) {
        const { rate, errorRate } = drained(procedure, seconds)
        put(values, metrics.procedureRate(name), rate)
        put(values, metrics.procedureErrors(name), errorRate)
        put(values, metrics.procedureP95(name), procedure.short.view(now).quantile(0.95))
      }
      return values
    },
    procedures: (now) =>
      [...byName]
        .map(([name, { long }]) => {
          const view = long.view(now)
          const { p50, p95, p99 } = quantiles(view)
          return { name, requests: view.requests, errors: view.errors, p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0 }
        })
        .filter(({ requests }) => requests > 0)
        .sort((one, other) => other.requests - one.requests),
  }
}
