import type { BrowserWindow } from 'electron'
import type { Dispose } from '#main/link/desk.ts'
import type { Place } from '#protocol/desktop.ts'
import { hashOf } from './places.ts'
import type { Windows } from './windows.ts'

/** Leads a main window to a place: from menu, tray, notification, `libral://` and a second instance. */
export interface Navigator {
  /** @param to where it is known which; else the main window used last, or a new one */
  go(place: Place, to?: BrowserWindow): void
  /** Brings a main window to the front, opening one where there is none. */
  reveal(): BrowserWindow
  onNavigate(window: number, listener: (place: Place) => void): Dispose
}

export function createNavigator(windows: Windows): Navigator {
  const listeners = new Map<number, Set<(place: Place) => void>>()
  /** What a window was told before its page listened. */
  const waiting = new Map<number, Place>()
  const reveal = (hash = ''): BrowserWindow => {
    const window = windows.main() ?? windows.open('main', { hash })
    windows.reveal(window)
    return window
  }
  return {
    reveal: () => reveal(),
    go(place, to) {
      const isNew = to === undefined && windows.main() === null
      const window = to ?? reveal(hashOf(place))
      if (isNew) return
      if (to !== undefined) windows.reveal(to)
      const told = listeners.get(window.id)
      if (told === undefined || told.size === 0) waiting.set(window.id, place)
      for (const listener of told ?? []) listener(place)
    },
    onNavigate(window, listener) {
      const set = listeners.get(window) ?? new Set()
      listeners.set(window, set.add(listener))
      const place = waiting.get(window)
      waiting.delete(window)
      if (place !== undefined) listener(place)
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(window)
      }
    },
  }
}
