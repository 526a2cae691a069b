import type { Instant } from '#protocol/ids.ts'

const jstMs = 9 * 3_600_000

/** The day in Japan, as a number: 20261121. */
export const businessDay = (at: Instant): number =>
  Number(new Date(at + jstMs).toISOString().slice(0, 10).replaceAll('-', ''))
