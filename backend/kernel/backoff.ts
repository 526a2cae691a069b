export const backoff = { firstMs: 500, mostMs: 60_000 } as const

/**
 * Capped exponential pause before try `attempts` + 1, between half and all of it, so that what failed together does not
 * return together. `random` is in [0, 1).
 */
export const pauseMs = (attempts: number, random = Math.random()): number =>
  Math.round(Math.min(backoff.mostMs, backoff.firstMs * 2 ** Math.min(attempts, 20)) * (0.5 + random / 2))
