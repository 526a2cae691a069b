/** This machine's two clocks: the one that anybody can set, and the one that nobody can (which rests while it sleeps). */
export interface Clocks {
  /** Date.now() */
  readonly wall: number
  /** performance.now() */
  readonly steady: number
}

/** How far the backend's clock was ahead of this machine's, and when that was learnt. */
export interface ClockReading extends Clocks {
  readonly skewMs: number
}

/** Far less than what the backend allows (120 s), far more than what a clock is corrected by on the way. */
const setByMs = 1_000
/** The backend's clock may be set, too. */
const readAgainMs = 60_000
/** Clocks are told in whole milliseconds. */
const roundingMs = 1
const lookEveryMs = 5_000

export const clocks = (): Clocks => ({ wall: Date.now(), steady: performance.now() })

/** This machine's clock was set since, or the machine slept. Pure. */
export const wasSet = (read: ClockReading, now: Clocks): boolean =>
  Math.abs(now.wall - read.wall - (now.steady - read.steady)) > setByMs

/** It is time to ask the backend again. Pure. */
export const isDue = (read: ClockReading, now: Clocks): boolean =>
  wasSet(read, now) || now.steady - read.steady >= readAgainMs

/**
 * What an answer of the backend tells, which is right to half of what it took. So a slow answer changes nothing as long as
 * it does not contradict what is known. Pure.
 * @param theirs the backend's clock in its answer
 * @param now when the answer came
 */
export const readingOf = (
  theirs: number,
  roundTripMs: number,
  now: Clocks,
  known: ClockReading | null = null,
): ClockReading => {
  const skewMs = Math.round(theirs - now.wall + roundTripMs / 2)
  const agrees =
    known !== null && !wasSet(known, now) && Math.abs(skewMs - known.skewMs) <= roundTripMs / 2 + roundingMs
  return { ...now, skewMs: agrees ? known.skewMs : skewMs }
}

export interface ClockFollower {
  /** At once while what is known holds; after the backend has been asked where it may not. @throws LibralError that of the call */
  settle(): Promise<void>
  stop(): void
}

/**
 * Keeps what is known of the backend's clock true while a connection lasts: asks again when this machine's clock was set,
 * after a sleep, and now and then.
 * @param ask the backend's clock, and how long the answer took
 */
export const followClock = (
  first: ClockReading,
  ask: () => Promise<{ readonly now: number; readonly roundTripMs: number }>,
  tell: (skewMs: number) => void,
): ClockFollower => {
  let known = first
  let asking: Promise<void> | null = null
  const read = async (): Promise<void> => {
    const { now, roundTripMs } = await ask()
    const { skewMs } = known
    known = readingOf(now, roundTripMs, clocks(), known)
    if (known.skewMs !== skewMs) tell(known.skewMs)
  }
  const readOnce = (): Promise<void> => {
    asking ??= read().finally(() => {
      asking = null
    })
    return asking
  }
  const timer = setInterval(() => {
    // A call that fails is the link's own affair; the next look asks again.
    if (isDue(known, clocks())) readOnce().catch(() => undefined)
  }, lookEveryMs)
  return {
    settle: async () => {
      if (wasSet(known, clocks())) await readOnce()
    },
    stop: () => clearInterval(timer),
  }
}
