import { japanMs } from '#protocol/japan-time.ts'
import { dayText } from '#protocol/payments-day.ts'

/** Days of JST as people type them (`2026-11-21`) and as rows hold them (20261121, 202611). */

const dayMs = 86_400_000

/** The day in Japan at a moment: `2026-11-21`. */
export const jstDay = (at: number): string => new Date(at + japanMs).toISOString().slice(0, 10)

/** The last day in Japan that is over. */
export const lastDayOver = (at: number): string => jstDay(at - dayMs)

/** 20261121; null for what is no day. */
export const dayNumber = (day: string): number | null => {
  const at = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) return null
  return Number(day.replaceAll('-', ''))
}

/** `2026/11/21` of either, as screens and papers show a day. */
export const slashedDay = (day: number | string): string =>
  (typeof day === 'number' ? dayText(day) : day).replaceAll('-', '/')

export const dayPlus = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** Each day from one to another, both included, as numbers; null where they are more than `most`. */
export const daysBetween = (from: string, to: string, most: number): number[] | null => {
  const days: number[] = []
  for (let day = from; day <= to; day = dayPlus(day, 1)) {
    if (days.length === most) return null
    days.push(dayNumber(day) ?? 0)
  }
  // Nothing lies between days in the wrong order; a day that never is says so.
  return days.length === 0 ? [0] : days
}

/** Each month from one day's to another's as 202611, the newest `most` of them; without a beginning just these. */
export const monthsBetween = (from: string, to: string, most: number): number[] => {
  const first = from === '' ? 0 : Number(from.slice(0, 7).replace('-', ''))
  const months: number[] = []
  let [year = 0, month = 0] = to.split('-').map(Number)
  while (months.length < most && year * 100 + month >= first) {
    months.push(year * 100 + month)
    month -= 1
    if (month === 0) [year, month] = [year - 1, 12]
  }
  return months.length === 0 ? [0] : months
}
