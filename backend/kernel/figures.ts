import type { KernelFigures } from './kernel.ts'

/** Measured since they were last taken; each list is bounded, the newest kept. */
export interface Figures {
  committed(ms: number, commands: number): void
  feedLag(ms: number): void
  telemetryDropped(): void
  outboxDepth(depth: number): void
  inboxDepth(depth: number): void
  take(logSize: number, refusals: number): KernelFigures
}

const kept = 4_096

export const createFigures = (): Figures => {
  let commitMs: number[] = []
  let batchSizes: number[] = []
  let feedLagMs: number[] = []
  let commands = 0
  let telemetryDropped = 0
  let outboxDepth = 0
  let inboxDepth = 0
  const push = (list: number[], value: number): void => {
    if (list.length >= kept) list.shift()
    list.push(value)
  }
  return {
    committed: (ms, batch) => {
      push(commitMs, ms)
      push(batchSizes, batch)
      commands += batch
    },
    feedLag: (ms) => push(feedLagMs, ms),
    telemetryDropped: () => {
      telemetryDropped++
    },
    outboxDepth: (depth) => {
      outboxDepth = depth
    },
    inboxDepth: (depth) => {
      inboxDepth = depth
    },
    take: (logSize, refusals) => {
      const taken = { commitMs, batchSizes, feedLagMs }
      commitMs = []
      batchSizes = []
      feedLagMs = []
      return { logSize, commands, refusals, ...taken, telemetryDropped, outboxDepth, inboxDepth }
    },
  }
}
