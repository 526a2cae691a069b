import type { Instant } from '#protocol/ids.ts'

/** A clock that runs as the wall's does, from an earlier moment on, until it is let go. */
export interface DemoClock {
  readonly now: () => Instant
  /** Forward, never back, and never beyond the wall's. */
  moveTo(at: Instant): void
  letGo(): void
}

export const createDemoClock = (from: Instant, wall: () => Instant = Date.now): DemoClock => {
  let offset = Math.min(0, from - wall())
  return {
    now: () => wall() + offset,
    moveTo: (at) => {
      offset = Math.min(0, Math.max(offset, at - wall()))
    },
    letGo: () => {
      offset = 0
    },
  }
}
