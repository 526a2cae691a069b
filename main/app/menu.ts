import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import type { Page } from '#protocol/desktop.ts'
import type { Say } from './texts.ts'

/** What menus can do; the same acts as in the pages and the tray. */
export interface MenuActs {
  navigate(page: Page): void
  openBundle(): void
  newWindow(wall: boolean): void
  zoom(step: -1 | 0 | 1): void
  reconnect(): void
  exportLogs(): void
  exportDiagnostics(): void
  quit(): void
}

/** Sets the application menu in the language of the moment. */
export function setMenu(say: Say, acts: MenuActs, developer: boolean): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(say, acts, developer)))
}

/** Acts that wait for the core: the menu stands before it is loaded. */
export function actsOnceLoaded(core: Promise<{ readonly acts: MenuActs }>): MenuActs {
  // In a turn of its own: a promise's may be in the middle of Electron taking a window down, which then is still the one
  // used last, and to show it would end the app (docs/decisions/0077).
  const act = (work: (acts: MenuActs) => void): void => void core.then(({ acts }) => setImmediate(() => work(acts)))
  return {
    navigate: (page) => act((acts) => acts.navigate(page)),
    openBundle: () => act((acts) => acts.openBundle()),
    newWindow: (wall) => act((acts) => acts.newWindow(wall)),
    zoom: (step) => act((acts) => acts.zoom(step)),
    reconnect: () => act((acts) => acts.reconnect()),
    exportLogs: () => act((acts) => acts.exportLogs()),
    exportDiagnostics: () => act((acts) => acts.exportDiagnostics()),
    quit: () => app.quit(),
  }
}

export function menuTemplate(say: Say, acts: MenuActs, developer: boolean): MenuItemConstructorOptions[] {
  return [
    { label: say('menu.file'), submenu: fileMenu(say, acts) },
    { label: say('menu.edit'), submenu: editMenu(say) },
    { label: say('menu.view'), submenu: viewMenu(say, acts, developer) },
    { label: say('menu.help'), submenu: helpMenu(say, acts) },
  ]
}

const separator: MenuItemConstructorOptions = { type: 'separator' }

const fileMenu = (say: Say, acts: MenuActs): MenuItemConstructorOptions[] => [
  { label: say('menu.new-window'), accelerator: 'CmdOrCtrl+Shift+N', click: () => acts.newWindow(false) },
  { label: say('menu.wall'), click: () => acts.newWindow(true) },
  separator,
  { label: say('menu.open-bundle'), accelerator: 'CmdOrCtrl+O', click: () => acts.openBundle() },
  separator,
  { label: say('menu.close'), accelerator: 'CmdOrCtrl+W', role: 'close' },
  { label: say('menu.quit'), accelerator: 'CmdOrCtrl+Q', click: () => acts.quit() },
]

const editMenu = (say: Say): MenuItemConstructorOptions[] => [
  { label: say('menu.undo'), role: 'undo' },
  { label: say('menu.redo'), role: 'redo' },
  separator,
  { label: say('menu.cut'), role: 'cut' },
  { label: say('menu.copy'), role: 'copy' },
  { label: say('menu.paste'), role: 'paste' },
  { label: say('menu.select-all'), role: 'selectAll' },
]

const places = ['monitoring', 'events', 'alerts', 'settings'] as const

const viewMenu = (say: Say, acts: MenuActs, developer: boolean): MenuItemConstructorOptions[] => [
  ...places.map((page, index) => ({
    label: say(`menu.${page}`),
    accelerator: `CmdOrCtrl+${index + 1}`,
    click: () => acts.navigate(page),
  })),
  separator,
  { label: say('menu.zoom-in'), accelerator: 'CmdOrCtrl+Plus', click: () => acts.zoom(1) },
  { label: say('menu.zoom-out'), accelerator: 'CmdOrCtrl+-', click: () => acts.zoom(-1) },
  { label: say('menu.zoom-reset'), accelerator: 'CmdOrCtrl+0', click: () => acts.zoom(0) },
  separator,
  { label: say('menu.full-screen'), role: 'togglefullscreen' },
  ...(developer ? [{ label: say('menu.developer'), role: 'toggleDevTools' as const }] : []),
]

const helpMenu = (say: Say, acts: MenuActs): MenuItemConstructorOptions[] => [
  { label: say('menu.reconnect'), click: () => acts.reconnect() },
  separator,
  { label: say('menu.export-logs'), click: () => acts.exportLogs() },
  { label: say('menu.export-diagnostics'), click: () => acts.exportDiagnostics() },
  separator,
  { label: say('menu.about'), click: () => acts.navigate('about') },
]

const zoomSteps = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300] as const

/** The next zoom in percent; 0 leads back to 100. */
export function zoomed(percent: number, step: -1 | 0 | 1): number {
  if (step === 0) return 100
  const next = step > 0 ? zoomSteps.find((it) => it > percent) : zoomSteps.findLast((it) => it < percent)
  return next ?? percent
}
