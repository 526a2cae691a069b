import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app } from 'electron'
import { writeWhole } from '#main/settings/json-file.ts'

/** Starts the app, hidden in the tray, when its user signs in to the system. Only a packaged app can be started so. */
export async function startAtLogin(wanted: boolean): Promise<void> {
  if (!app.isPackaged) return
  if (process.platform !== 'linux') return app.setLoginItemSettings({ openAtLogin: wanted, args: ['--hidden'] })
  const file = autostartFile(process.env)
  // The path of an AppImage's own executable is gone when it has ended.
  const executable = process.env['APPIMAGE'] || process.execPath
  await (wanted ? writeWhole(file, desktopEntry(executable), 0o644) : rm(file, { force: true }))
}

/** XDG Desktop Application Autostart Specification. */
export const autostartFile = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'autostart', 'libral-control-center.desktop')

export const desktopEntry = (executable: string): string =>
  [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Libral Control Center',
    // `%` begins a field code.
    `Exec="${executable.replace(/["\\`$]/g, '\\$&').replaceAll('%', '%%')}" --hidden`,
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
