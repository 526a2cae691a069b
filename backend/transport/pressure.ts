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

export interface PressureState {
  readonly level: PressureLevel
  /** Looks in a row that were well below. */
  readonly calm: number
  /** The last look was as late as a crowded process is. */
  readonly late: boolean
}
export const atEase: PressureState = { level: 'calm', calm: 0, late: false }

/**
 * The level after one more look. Telemetry is shed at once; connections are refused at the second such look in a row, since a
 * single one is also what a start on a busy machine leaves (docs/decisions/0123-one-late-look.md). Falls one step after
 * several looks well below. Pure.
 */
export const nextLevel = ({ level, calm, late }: PressureState, delayMs: number): PressureState => {
  const { sheddingMs, crowdedMs, calmLooks } = pressureLimits
  const isLate = delayMs >= crowdedMs
  const to = (next: PressureLevel, looks = 0): PressureState => ({ level: next, calm: looks, late: isLate })
  if (isLate) return to(late || level === 'crowded' ? 'crowded' : 'shedding')
  if (delayMs >= sheddingMs && level === 'calm') return to('shedding')
  const floor = (level === 'crowded' ? crowdedMs : sheddingMs) / 2
  if (level === 'calm' || delayMs >= floor) return to(level)
  if (calm + 1 < calmLooks) return to(level, calm + 1)
  return to(level === 'crowded' ? 'shedding' : 'calm')
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
  let state = atEase
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
