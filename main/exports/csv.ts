import type { Json } from '#protocol/command.ts'
import type { Settings } from '#protocol/desktop.ts'

/** So that Excel reads the file as UTF-8. */
export const byteOrderMark = '\uFEFF'
const lineEnd = '\r\n'

/** One column of a CSV: its heading and what of a row stands in it. */
export interface Column {
  readonly heading: string
  readonly cell: (row: Readonly<Record<string, Json>>) => string
}

/**
 * One cell after RFC 4180. A text that a spreadsheet would run as a formula is kept a text by an apostrophe (OWASP,
 * CSV injection); plain numbers stay numbers.
 */
export function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[0-9]+(\.[0-9]+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** A whole line with its end. */
export const line = (cells: readonly string[]): string => cells.map(cell).join(',') + lineEnd

/** Making one takes longer than writing a line with it. */
const formats = new Map<string, Intl.DateTimeFormat>()
const formatOf = (zone: string): Intl.DateTimeFormat => {
  const made =
    formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(zone, made)
  return made
}

/** `2026-11-21 10:30:00.123` in the zone of the desk; empty for what has not happened. */
export function instant(value: Json | undefined, zone: string): string {
  if (typeof value !== 'number') return ''
  const parts = formatOf(zone).format(value)
  return `${parts}.${String(value % 1000).padStart(3, '0')}`
}

/** A value that has no form of its own: JSON where it is a structure. */
export function plain(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export type Locale = Settings['locale']
