import type { Instant } from '#protocol/ids.ts'
import { japanMs, japanTime } from '#protocol/japan-time.ts'

// Both languages read dates as YYYY/MM/DD and a 24-hour clock, in Japan's time: the vault, business days and the log's own
// texts are in it, too. Where this machine's zone is another, what names a clock says so.

const named = (text: string, at: Instant): string =>
  new Date(at).getTimezoneOffset() * 60_000 === -japanMs ? text : `${text} JST`

/** `2026/11/21 00:04:05`; elsewhere `2026/11/21 00:04:05 JST` */
export const dateTime = (at: Instant): string => named(japanTime(at), at)
/** `2026/11/21` */
export const date = (at: Instant): string => japanTime(at).slice(0, 10)
/** `00:04:05`; elsewhere `00:04:05 JST` */
export const time = (at: Instant): string => named(second(at), at)
/** `00:04:05`, of an axis that says elsewhere what it counts. */
export const second = (at: Instant): string => japanTime(at).slice(11)
/** `00:04` */
export const minute = (at: Instant): string => japanTime(at).slice(11, 16)
/** `11/21` */
export const monthDay = (at: Instant): string => japanTime(at).slice(5, 10)
/** 0 to 23 */
export const hour = (at: Instant): number => Number(japanTime(at).slice(11, 13))

/** A format is made when it is first used: making one takes milliseconds, which the first paint would wait for. */
const format = (locale: string): ((at: Instant) => string) => {
  let made: Intl.DateTimeFormat | null = null
  return (at) => {
    made ??= new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'Asia/Tokyo' })
    return made.format(at)
  }
}
const weekdays = { ja: format('ja-JP'), en: format('en-GB') } as const
/** `土`, `Sat` */
export const weekday = (locale: 'ja' | 'en', at: Instant): string => weekdays[locale](at)

/** `00:04:05` for a moment of today, else the whole date: what is short and still not ambiguous. */
export const shortly = (at: Instant, now: Instant): string => (date(at) === date(now) ? time(at) : dateTime(at))

/** For what asks a Date for its own fields: they read as Japan's. */
export const inJapan = (at: Instant): Date => new Date(at + japanMs + new Date(at).getTimezoneOffset() * 60_000)

/** What `<input type="datetime-local">` reads and writes, to the second. */
export const toInput = (at: Instant): string => new Date(at + japanMs).toISOString().slice(0, 19)

/** The moment that a `datetime-local` value names; null when it names none. */
export const fromInput = (text: string): Instant | null => {
  const at = Date.parse(`${text}+09:00`)
  return Number.isNaN(at) ? null : at
}
