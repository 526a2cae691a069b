import type { Instant } from './ids.ts'

/**
 * The time of the house: Japan's, whatever the zone of the machine (docs/decisions/0122-one-time.md). Business days, what is
 * signed and what pages show have one clock, so that two people read the same of one act. Pure.
 */

/** Ahead of UTC. Japan has had no summer time since 1951. */
export const japanMs = 9 * 3_600_000

/** `2026/11/21 00:04:05` */
export const japanTime = (at: Instant): string =>
  new Date(at + japanMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')

/** For readers of any zone: `2026/11/21 00:04:05 JST`. */
export const namedTime = (at: Instant): string => `${japanTime(at)} JST`
/** `2026/11/21 00:04 JST` */
export const namedMinute = (at: Instant): string => `${japanTime(at).slice(0, 16)} JST`
