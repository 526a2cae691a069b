import type { Instant } from '#protocol/ids.ts'

const twoDigits = { month: '2-digit', day: '2-digit' } as const
const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const

// Both languages read dates as YYYY/MM/DD and a 24-hour clock, in this machine's time zone.
const dateFormat = new Intl.DateTimeFormat('ja-JP', { year: 'numeric', ...twoDigits })
const timeFormat = new Intl.DateTimeFormat('ja-JP', clock)
const minuteFormat = new Intl.DateTimeFormat('ja-JP', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dateTimeFormat = new Intl.DateTimeFormat('ja-JP', { year: 'numeric', ...twoDigits, ...clock })
const monthDayFormat = new Intl.DateTimeFormat('ja-JP', twoDigits)
const weekdayFormats = {
  ja: new Intl.DateTimeFormat('ja-JP', { weekday: 'short' }),
  en: new Intl.DateTimeFormat('en-GB', { weekday: 'short' }),
} as const

/** `2026/11/21 00:04:05` */
export const dateTime = (at: Instant): string => dateTimeFormat.format(at)
/** `2026/11/21` */
export const date = (at: Instant): string => dateFormat.format(at)
/** `00:04:05` */
export const time = (at: Instant): string => timeFormat.format(at)
/** `00:04` */
export const minute = (at: Instant): string => minuteFormat.format(at)
/** `11/21` */
export const monthDay = (at: Instant): string => monthDayFormat.format(at)
/** `土`, `Sat` */
export const weekday = (locale: 'ja' | 'en', at: Instant): string => weekdayFormats[locale].format(at)

/** `00:04:05` for a moment of today, else the whole date: what is short and still not ambiguous. */
export const shortly = (at: Instant, now: Instant): string => (date(at) === date(now) ? time(at) : dateTime(at))

/** What `<input type="datetime-local">` reads and writes, local time to the second. */
export const toInput = (at: Instant): string => {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19)
}

/** The moment that a `datetime-local` value names; null when it names none. */
export const fromInput = (text: string): Instant | null => {
  const at = new Date(text).getTime()
  return Number.isNaN(at) ? null : at
}
