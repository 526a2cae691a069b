const firstMs = 200
const longestMs = 30_000

/**
 * How long to wait before the next attempt, ms: doubling from 0.2 s to 30 s, and each time somewhere in the upper half
 * of that, so that many desktops don't return together. `random` in [0, 1).
 */
export const backOff = (attempt: number, random: number): number => {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 20))
  return Math.round(ceiling * (0.5 + random / 2))
}

/** After a bug of one side: not soon again. */
export const slowMs = longestMs

/** A pause that a backend named to many at once, ms: that long, and up to half as long again. `random` in [0, 1). */
export const spread = (ms: number, random: number): number => Math.round(ms * (1 + random / 2))
