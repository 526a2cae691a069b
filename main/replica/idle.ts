/** Runs slices of work that can wait while nothing else is asked, and one now and then even when something always is. */
export interface Idle {
  /** There may be something to do. */
  wake(): void
  /** Something was asked just now. */
  busy(): void
  stop(): void
}

const quietMs = 4
const patienceMs = 40

/** `work` does one short slice and answers whether there may be more; nothing runs before `delayMs` have passed. */
export const createIdle = (work: () => boolean, delayMs: number): Idle => {
  let timer: NodeJS.Timeout | null = null
  let busyAt = 0
  let workedAt = performance.now()
  const notBefore = workedAt + delayMs
  let stopped = false

  const arm = (wait: number): void => {
    timer = setTimeout(run, wait)
  }

  const run = (): void => {
    timer = null
    const now = performance.now()
    const wait = Math.max(notBefore - now, now - busyAt < quietMs && now - workedAt < patienceMs ? quietMs : 0)
    if (wait > 0) {
      arm(wait)
      return
    }
    const more = work()
    workedAt = performance.now()
    if (more && !stopped) arm(0)
  }

  return {
    wake: () => {
      if (timer === null && !stopped) arm(0)
    },
    busy: () => {
      busyAt = performance.now()
    },
    stop: () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
