import type { BrowserWindow } from 'electron'
import { readRecord } from '#main/settings/appearance.ts'
import { writeWhole } from '#main/settings/json-file.ts'

/** Decides whether closing a window hides it, and explains that once in the life of a profile. */
export interface TrayKeeper {
  /** Looks for a tray host and shows the icon where there is one. */
  start(): Promise<void>
  /** Whether a tray icon can bring a hidden window back. */
  readonly present: () => boolean
  hides(window: BrowserWindow): boolean
  refresh(): void
  stop(): void
}

export interface TrayKeeperOptions {
  /** Remembers that it was explained. */
  readonly file: string
  hasHost(): Promise<boolean>
  show(): { refresh(): void; remove(): void }
  closeToTray(): boolean
  quitting(): boolean
  isLastMain(window: BrowserWindow): boolean
  explain(): void
}

export function createTrayKeeper(options: TrayKeeperOptions): TrayKeeper {
  let tray: ReturnType<TrayKeeperOptions['show']> | null = null
  const explainOnce = (): void => {
    if (readRecord(options.file)['trayExplained'] === true) return
    options.explain()
    void writeWhole(options.file, JSON.stringify({ trayExplained: true })).catch(() => {})
  }
  return {
    async start() {
      if (tray === null && (await options.hasHost())) tray = options.show()
    },
    present: () => tray !== null,
    hides(window) {
      if (tray === null || options.quitting() || !options.closeToTray() || !options.isLastMain(window)) return false
      explainOnce()
      return true
    },
    refresh: () => tray?.refresh(),
    stop() {
      tray?.remove()
      tray = null
    },
  }
}
