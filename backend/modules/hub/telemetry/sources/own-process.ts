import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { metrics } from '#protocol/telemetry.ts'

const resolutionMs = 20

/** This process: event loop, memory, garbage collection, CPU. `values` gives figures since its last call. */
export interface OwnProcess {
  values(): Record<string, number>
  stop(): void
}

export const watchOwnProcess = (): OwnProcess => {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  let gcMs = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) gcMs += entry.duration
  })
  observer.observe({ entryTypes: ['gc'] })
  let utilisation = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let at = performance.now()

  return {
    values: () => {
      const now = performance.now()
      const seconds = Math.max(0.001, (now - at) / 1000)
      const used = process.cpuUsage(cpu)
      const loop = performance.eventLoopUtilization(utilisation)
      const { heapUsed, rss } = process.memoryUsage()
      const values = {
        // The histogram holds times between two ticks, the tick's own interval included.
        [metrics.eventLoopDelayP99]: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
        // Electron turns the loop itself, and Node then counts neither idle nor active time: no figure rather than a 0.
        ...(loop.idle + loop.active > 0 && { [metrics.eventLoopUtilisation]: 100 * loop.utilization }),
        [metrics.heapUsed]: heapUsed,
        [metrics.rss]: rss,
        [metrics.gcPause]: gcMs / seconds,
        [metrics.processCpu]: (used.user + used.system) / 1e4 / seconds,
      }
      delay.reset()
      gcMs = 0
      utilisation = performance.eventLoopUtilization()
      cpu = process.cpuUsage()
      at = now
      return values
    },
    stop: () => {
      delay.disable()
      observer.disconnect()
    },
  }
}
