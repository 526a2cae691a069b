import type { Instant } from '#protocol/ids.ts'

const twoDigits = { month: '2-digit', day: '2-digit' } as const
const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const

/** A format is made when it is first used: making one takes milliseconds, which the first paint would wait for. */
const format = (locale: string, options: Intl.DateTimeFormatOptions): ((at: Instant) => string) => {
  let made: Intl.DateTimeFormat | null = null
  return (at) => {
    made ??= new Intl.DateTimeFormat(locale, options)
    return made.format(at)
  }
}

// Both languages read dates as YYYY/MM/DD and a 24-hour clock, in this machine's time zone.

/** `2026/11/21 00:04:05` */
export const dateTime = format('ja-JP', { year: 'numeric', ...twoDigits, ...clock })
/** `2026/11/21` */
export const date = format('ja-JP', { year: 'numeric', ...twoDigits })
/** `00:04:05` */
export const time = format('ja-JP', clock)
/** `00:04` */
export const minute = format('ja-JP', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
/** `11/21` */
export const monthDay = format('ja-JP', twoDigits)
const weekdays = {
  ja: format('ja-JP', { weekday: 'short' }),
  en: format('en-GB', { weekday: 'short' }),
} as const
/** `土`, `Sat` */
export const weekday = (locale: 'ja' | 'en', at: Instant): string => weekdays[locale](at)

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
