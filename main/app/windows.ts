import { join } from 'node:path'
import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { Appearance } from '#main/settings/appearance.ts'
import type { WindowRole } from '#protocol/desktop.ts'
import type { Locations } from './locations.ts'
import type { Log } from './logging.ts'
import { appOrigin } from './protocol.ts'
import { reviveContents } from './revive.ts'
import { securePreferences } from './secure-preferences.ts'
import { createWindowStateWriter, readWindowState, smallest, visibleBounds } from './window-state.ts'

/** The page's own ground colours (renderer/ui), so that a window never flashes in another one. */
const ground = { dark: '#0a0e13', light: '#eef1f4' } as const

export interface WindowsOptions {
  readonly locations: Locations
  readonly developer: boolean
  appearance(): Appearance
  /** Whether a window that the operator closes shall be hidden instead; the promise says whether it may. */
  hidesOnClose(window: BrowserWindow): Promise<boolean> | null
  pageDied(what: 'resumed' | 'gone'): void
  readonly log: Log
}

export interface Windows {
  /** Opens one more window. `hash` is where its page begins: `#/events/KEY`, or empty. */
  open(role: WindowRole, options?: { readonly hash?: string; readonly hidden?: boolean }): BrowserWindow
  /** The role of a page's contents; null for contents that are no window of ours. */
  roleOf(contentsId: number): WindowRole | null
  all(): readonly BrowserWindow[]
  /** The main window used last; null when none is open. */
  main(): BrowserWindow | null
  /** Brings it to the front, from the tray too. */
  reveal(window: BrowserWindow): void
  /** Loads its page anew for another deployment; the address differs, so nothing of the old page stays. */
  load(window: BrowserWindow, hash: string, deployment: string): void
  setZoom(percent: number): void
  flush(): Promise<void>
}

export function createWindows(options: WindowsOptions): Windows {
  const roles = new Map<number, WindowRole>()
  const states = createWindowStateWriter(options.locations.windows)
  let recent: BrowserWindow | null = null

  const all = (): readonly BrowserWindow[] =>
    BrowserWindow.getAllWindows().filter(({ webContents }) => !webContents.isDestroyed() && roles.has(webContents.id))

  const open: Windows['open'] = (role, { hash = '', hidden = false } = {}) => {
    const appearance = options.appearance()
    const saved = readWindowState(options.locations.windows, role)
    const window = new BrowserWindow({
      ...visibleBounds(cascaded(saved?.bounds ?? null, countOf(role)), screens()),
      minWidth: smallest.width,
      minHeight: smallest.height,
      show: !hidden,
      title: 'Libral Control Center',
      icon: join(options.locations.resources, 'icons/window.png'),
      backgroundColor: nativeTheme.shouldUseDarkColors ? ground.dark : ground.light,
      autoHideMenuBar: role === 'wall',
      webPreferences: {
        ...securePreferences({
          preload: options.locations.preload,
          zoomPercent: appearance.zoom,
          devTools: options.developer,
        }),
        additionalArguments: [`--libral-window=${role}`],
      },
    })
    const { id } = window.webContents
    roles.set(id, role)
    if (saved?.maximised && !hidden) window.maximize()
    if (saved?.fullScreen && !hidden) window.setFullScreen(true)
    if (role === 'main') recent = window
    window.on('focus', () => {
      if (role === 'main') recent = window
    })
    hideOnClose(window, options.hidesOnClose)
    // A window outlives its page by a moment, and ends the whole app when it is shown then (Electron 42): nobody is given
    // it any more once its page is gone (docs/decisions/0077).
    window.webContents.once('destroyed', () => {
      roles.delete(id)
      if (recent === window) recent = all().findLast((it) => roles.get(it.webContents.id) === 'main') ?? null
    })
    remember(window, role)
    reviveContents(window.webContents, options.log, options.pageDied)
    void window.loadURL(`${appOrigin}/index.html${hash}`)
    return window
  }

  const countOf = (role: WindowRole): number => [...roles.values()].filter((it) => it === role).length
  const remember = (window: BrowserWindow, role: WindowRole): void => {
    const note = (): void => {
      if (window.isDestroyed() || window.isMinimized()) return
      const state = {
        bounds: window.getNormalBounds(),
        maximised: window.isMaximized(),
        fullScreen: window.isFullScreen(),
      }
      states.put(role, state)
    }
    window.on('resize', note)
    window.on('move', note)
    window.on('maximize', note)
    window.on('unmaximize', note)
    window.on('enter-full-screen', note)
    window.on('leave-full-screen', note)
  }

  return {
    open,
    all,
    roleOf: (contentsId) => roles.get(contentsId) ?? null,
    main: () => recent,
    reveal(window) {
      // In a turn of its own: what waited for a promise may run in the middle of Electron taking another window down, and
      // to show one there ends the whole app.
      setImmediate(() => {
        if (window.isDestroyed()) return
        if (window.isMinimized()) window.restore()
        window.show()
        window.focus()
      })
    },
    load(window, hash, deployment) {
      void window.loadURL(`${appOrigin}/index.html?deployment=${deployment}${hash}`)
    },
    setZoom(percent) {
      for (const window of all()) window.webContents.setZoomFactor(percent / 100)
    },
    flush: () => states.flush(),
  }
}

/** A window that shall be hidden stays until it is known whether a tray can bring it back, and closes where none can. */
function hideOnClose(window: BrowserWindow, hides: WindowsOptions['hidesOnClose']): void {
  let closing = false
  window.on('close', (event) => {
    const allowed = closing ? null : hides(window)
    if (allowed === null) return
    event.preventDefault()
    const settle = (hide: boolean): void => {
      if (window.isDestroyed()) return
      closing = !hide
      if (hide) window.hide()
      else window.close()
    }
    allowed.then(settle, () => settle(false))
  })
}

/** Work areas, the primary screen's first. */
function screens(): readonly Electron.Rectangle[] {
  const primary = screen.getPrimaryDisplay()
  return [primary, ...screen.getAllDisplays().filter(({ id }) => id !== primary.id)].map(({ workArea }) => workArea)
}

const stepPx = 28

/** A second window of a role stands beside the first, not on it. */
const cascaded = (bounds: Electron.Rectangle | null, open: number): Electron.Rectangle | null =>
  bounds === null ? null : { ...bounds, x: bounds.x + open * stepPx, y: bounds.y + open * stepPx }
