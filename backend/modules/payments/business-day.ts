import type { Instant } from '#protocol/ids.ts'
import { japanMs } from '#protocol/japan-time.ts'
import { dayNumber, dayText } from '#protocol/payments-day.ts'

const dayMs = 86_400_000
/** The end of year 9999 in Japan: what a provider says may be nonsense, and is kept where it can be read. */
const last = Date.parse('9999-12-31T14:59:59.999Z')

/** The day in Japan, as a number: 20261121. */
export const businessDay = (at: Instant): number =>
  dayNumber(new Date(Math.min(at, last) + japanMs).toISOString().slice(0, 10))
/** When it is over. */
export const endOfDay = (day: number): Instant => Date.parse(`${dayText(day)}T00:00:00+09:00`) + dayMs
export const dayAfter = (day: number): number => businessDay(endOfDay(day))
export const dayBefore = (day: number): number => businessDay(endOfDay(day) - dayMs - 1)
