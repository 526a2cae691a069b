import { readFileSync } from 'node:fs'
import type { Settings } from '#protocol/desktop.ts'

/** What the first window needs before anything heavy is loaded. */
export type Appearance = Pick<Settings, 'theme' | 'zoom' | 'locale' | 'startHidden'>

const defaults: Appearance = { theme: 'dark', zoom: 100, locale: 'ja', startHidden: false }

/**
 * A glance at the settings' file for the first window. Checked by hand, since the schemas take longer to load than
 * the window to open; the store checks the whole file right after.
 */
export function glance(file: string): Appearance {
  const raw = readRecord(file)
  const { theme, zoom, locale, startHidden } = raw
  return {
    theme: theme === 'light' || theme === 'system' || theme === 'dark' ? theme : defaults.theme,
    zoom: typeof zoom === 'number' && Number.isInteger(zoom) && zoom >= 50 && zoom <= 300 ? zoom : defaults.zoom,
    locale: locale === 'en' || locale === 'ja' ? locale : defaults.locale,
    startHidden: typeof startHidden === 'boolean' ? startHidden : defaults.startHidden,
  }
}

/** A JSON object from a file; empty when it is absent, broken or something else. */
export function readRecord(file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
