import { join } from 'node:path'
import { Menu, nativeImage, Tray } from 'electron'
import { nameHasOwner } from './session-bus.ts'
import type { Say } from './texts.ts'

/**
 * Whether something will show a tray icon. On Linux only a StatusNotifierWatcher on the session bus counts: a window
 * that is hidden without a tray is lost to its operator.
 */
export const hasTrayHost = (): Promise<boolean> =>
  process.platform === 'linux'
    ? nameHasOwner(process.env['DBUS_SESSION_BUS_ADDRESS'], 'org.kde.StatusNotifierWatcher')
    : Promise.resolve(true)

export interface TrayActs {
  open(): void
  quit(): void
}

export function showTray(resources: string, say: Say, acts: TrayActs): { refresh(): void; remove(): void } {
  const tray = new Tray(nativeImage.createFromPath(join(resources, 'icons/tray.png')))
  const refresh = (): void => {
    tray.setToolTip(say('app.name'))
    const items = [
      { label: say('tray.open'), click: () => acts.open() },
      { label: say('tray.quit'), click: () => acts.quit() },
    ]
    tray.setContextMenu(Menu.buildFromTemplate(items))
  }
  tray.on('click', () => acts.open())
  refresh()
  return { refresh, remove: () => tray.destroy() }
}
