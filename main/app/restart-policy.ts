/** OTP's restart intensity: at most `most` restarts within `withinMs`, each later than the one before. */
export const intensity = { most: 5, withinMs: 60_000 } as const
const firstDelayMs = 250
const longestDelayMs = 8_000

/**
 * Decides on the next restart.
 * @param restarts times of the restarts so far, ms
 * @param random in [0, 1), for the jitter
 * @returns how long to wait, or null: give up
 */
export function nextRestart(restarts: readonly number[], now: number, random: number): number | null {
  const recent = restarts.filter((at) => at > now - intensity.withinMs)
  if (recent.length >= intensity.most) return null
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** recent.length)
  return Math.round(delay * (0.75 + random / 2))
}
