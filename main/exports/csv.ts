import type { Json } from '#protocol/command.ts'
import type { Settings } from '#protocol/desktop.ts'
import { japanTime } from '#protocol/japan-time.ts'

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

/** `2026-11-21 10:30:00.123` in Japan, as its heading says; empty for what has not happened. */
export function instant(value: Json | undefined): string {
  if (typeof value !== 'number') return ''
  return `${japanTime(value).replaceAll('/', '-')}.${String(value % 1000).padStart(3, '0')}`
}

/** A value that has no form of its own: JSON where it is a structure. */
export function plain(value: Json | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export type Locale = Settings['locale']
