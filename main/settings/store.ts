import { type Settings, settingsSchema } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { readRecord } from './appearance.ts'
import { writeWhole } from './json-file.ts'

export const defaultSettings: Settings = {
  locale: 'ja',
  theme: 'dark',
  zoom: 100,
  notifications: true,
  notificationSound: false,
  startHidden: false,
  startAtLogin: false,
  closeToTray: true,
  vaultIdleMinutes: 15,
  vaultLockOnSuspend: true,
  vaultLockOnScreen: true,
  paymentFilters: [],
  paymentNotifications: true,
  httpPort: null,
}

export interface SettingsStore {
  current(): Settings
  /** Durable when it resolves. Throws `settings.invalid`. */
  change(part: unknown): Promise<Settings>
  onChange(listener: (now: Settings, before: Settings) => void): () => void
  /** Resolves when everything changed so far is on disk. */
  flush(): Promise<void>
}

/** Settings in one JSON file. A value that is not valid falls back to its default alone. */
export function openSettings(file: string): SettingsStore {
  const listeners = new Set<(now: Settings, before: Settings) => void>()
  let settings = parseSettings(readRecord(file))
  let written: Promise<void> = Promise.resolve()
  return {
    current: () => settings,
    async change(part) {
      const before = settings
      const merged = settingsSchema.safeParse({ ...before, ...(part as object) })
      if (!merged.success) throw new LibralError('settings.invalid', { field: fieldOf(merged.error) })
      settings = merged.data
      written = written.catch(() => {}).then(() => writeWhole(file, `${JSON.stringify(settings, null, 2)}\n`))
      for (const listener of [...listeners]) listener(merged.data, before)
      await written
      return merged.data
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: () => written.catch(() => {}),
  }
}

/** Field by field, so that one broken value does not cost the others. */
export function parseSettings(raw: Readonly<Record<string, unknown>>): Settings {
  const valid = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(raw[name])
    return parsed.success ? [[name, parsed.data] as const] : []
  })
  return settingsSchema.parse({ ...defaultSettings, ...Object.fromEntries(valid) })
}

const fieldOf = (error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] }): string =>
  String(error.issues[0]?.path[0] ?? '')
