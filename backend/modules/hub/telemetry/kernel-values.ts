import { metrics } from '#protocol/telemetry.ts'
import type { KernelFigures } from '../../../kernel/kernel.ts'
import { createRates } from './rates.ts'

type Values = Record<string, number>

/** The 95th percentile of a few numbers; undefined of none. */
const p95 = (of: readonly number[]): number | undefined =>
  of.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(of.length * 0.95) - 1)]

const mean = (of: readonly number[]): number | undefined =>
  of.length === 0 ? undefined : of.reduce((sum, one) => sum + one, 0) / of.length

/** Figures of log, commits, feed and queues; `figures` is what the kernel counted since it was asked before. */
export const createKernelValues = (): ((figures: KernelFigures, now: number) => Values) => {
  const rates = createRates()
  return (figures, now) => {
    const grown = rates.per({ commands: figures.commands, dropped: figures.telemetryDropped }, now)
    const some: Readonly<Record<string, number | undefined>> = {
      [metrics.commandRate]: grown['commands'],
      [metrics.feedDropped]: grown['dropped'],
      [metrics.commitP95]: p95(figures.commitMs),
      [metrics.commitBatch]: mean(figures.batchSizes),
      [metrics.feedLagP95]: p95(figures.feedLagMs),
    }
    const known = Object.entries(some).filter((pair): pair is [string, number] => pair[1] !== undefined)
    return {
      ...Object.fromEntries(known),
      [metrics.logSize]: figures.logSize,
      [metrics.outboxDepth]: figures.outboxDepth,
      [metrics.inboxDepth]: figures.inboxDepth,
    }
  }
}
