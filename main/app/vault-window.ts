import { BrowserWindow, type MessagePortMain, session } from 'electron'
import type { Locations } from './locations.ts'
import { appOrigin, serveApp } from './protocol.ts'
import { securePreferences } from './secure-preferences.ts'

/** Its pages share no storage, no cache and no process with the app's. */
const partition = 'vault'

export interface VaultWindows {
  /** Opens the vault's window; `taken` gets the port that its page speaks over, null when it is closed before. */
  open(
    parent: BrowserWindow | null,
    title: string,
    lines: number,
    taken: (port: MessagePortMain | null) => void,
  ): () => void
  /** Takes a page's port if the page is one of the vault's windows. */
  take(contentsId: number, port: MessagePortMain): boolean
}

export function createVaultWindows(locations: Locations): VaultWindows {
  const open = new Map<number, (port: MessagePortMain) => void>()
  let served = false
  return {
    open(parent, title, lines, taken) {
      if (!served) serveApp(session.fromPartition(partition), locations.renderer)
      served = true
      const window = new BrowserWindow({
        width: 520,
        height: Math.min(720, 150 + lines * 24),
        useContentSize: true,
        resizable: false,
        minimizable: false,
        maximizable: false,
        show: false,
        title,
        backgroundColor: '#10161e',
        ...(parent && { parent, modal: true }),
        webPreferences: {
          ...securePreferences({ preload: locations.preload, zoomPercent: 100, devTools: false }),
          partition,
        },
      })
      window.setMenuBarVisibility(false)
      const { id } = window.webContents
      open.set(id, taken)
      window.once('closed', () => {
        open.delete(id)
        taken(null)
      })
      window.once('ready-to-show', () => window.show())
      void window.loadURL(`${appOrigin}/vault.html`)
      return () => {
        if (!window.isDestroyed()) window.destroy()
      }
    },
    take(contentsId, port) {
      const taken = open.get(contentsId)
      taken?.(port)
      return taken !== undefined
    },
  }
}
