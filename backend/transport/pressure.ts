import { monitorEventLoopDelay } from 'node:perf_hooks'

/** calm: everything. shedding: no telemetry. crowded: no new connections either. Accepted commands always run on. */
export const pressures = ['calm', 'shedding', 'crowded'] as const
export type PressureLevel = (typeof pressures)[number]

/** Mean delay of the event loop over a look, ms, from which each level begins; half of it ends the level again. */
export const pressureLimits = {
  sheddingMs: 60,
  crowdedMs: 200,
  lookMs: 500,
  calmLooks: 4,
  retryAfterSeconds: 3,
} as const

/** The level after one more look. Rises at once, falls one step after several looks well below. Pure. */
export const nextLevel = (
  { level, calm }: { readonly level: PressureLevel; readonly calm: number },
  delayMs: number,
): { readonly level: PressureLevel; readonly calm: number } => {
  const { sheddingMs, crowdedMs, calmLooks } = pressureLimits
  if (delayMs >= crowdedMs) return { level: 'crowded', calm: 0 }
  if (delayMs >= sheddingMs && level === 'calm') return { level: 'shedding', calm: 0 }
  const floor = (level === 'crowded' ? crowdedMs : sheddingMs) / 2
  if (level === 'calm' || delayMs >= floor) return { level, calm: 0 }
  if (calm + 1 < calmLooks) return { level, calm: calm + 1 }
  return { level: level === 'crowded' ? 'shedding' : 'calm', calm: 0 }
}

export interface Pressure {
  readonly level: () => PressureLevel
  stop(): void
}

/**
 * Watches how late this process is.
 *
 * @param measure the mean delay of the event loop since the last call, ms
 */
export const watchPressure = (changed: (level: PressureLevel) => void, measure: () => number): Pressure => {
  let state: ReturnType<typeof nextLevel> = { level: 'calm', calm: 0 }
  const look = (): void => {
    const before = state.level
    state = nextLevel(state, measure())
    if (state.level !== before) changed(state.level)
  }
  const timer = setInterval(look, pressureLimits.lookMs)
  timer.unref()
  return { level: () => state.level, stop: () => clearInterval(timer) }
}

const resolutionMs = 10

export const ownDelay = (): (() => number) => {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  return () => {
    // What the histogram measures includes the timer's own period.
    const mean = histogram.mean / 1e6 - resolutionMs
    histogram.reset()
    return Number.isFinite(mean) ? Math.max(0, mean) : 0
  }
}
