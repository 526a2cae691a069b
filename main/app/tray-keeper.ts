import type { BrowserWindow } from 'electron'
import { readRecord } from '#main/settings/appearance.ts'
import { writeWhole } from '#main/settings/json-file.ts'

/** Decides whether closing a window hides it, and explains that once in the life of a profile. */
export interface TrayKeeper {
  /** Looks for a tray host and shows the icon where there is one. */
  start(): Promise<void>
  /** Whether a tray icon can bring a hidden window back. */
  readonly present: () => boolean
  /** Whether the operator's settings want a window hidden that is being closed. */
  wantsHidden(window: BrowserWindow): boolean
  /**
   * Whether it may be hidden now: there is a tray host at this moment, whatever there was at the start. Shows the icon
   * where it was not shown yet, and explains the first time.
   */
  mayHide(): Promise<boolean>
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
  let stopped = false
  const explainOnce = (): void => {
    if (readRecord(options.file)['trayExplained'] === true) return
    options.explain()
    void writeWhole(options.file, JSON.stringify({ trayExplained: true })).catch(() => {})
  }
  const seek = async (): Promise<boolean> => {
    const host = await options.hasHost()
    if (host && !stopped) tray ??= options.show()
    return host && tray !== null
  }
  return {
    start: async () => {
      await seek()
    },
    present: () => tray !== null,
    wantsHidden: (window) => !options.quitting() && options.closeToTray() && options.isLastMain(window),
    async mayHide() {
      if (!(await seek()) || options.quitting()) return false
      explainOnce()
      return true
    },
    refresh: () => tray?.refresh(),
    stop() {
      stopped = true
      tray?.remove()
      tray = null
    },
  }
}
