import { homedir } from 'node:os'
import { join } from 'node:path'

/** The app's name, from which Electron makes its folder: `productName` of package.json. */
export const productName = 'Libral Control Center'

/** Where Electron keeps the app's profile unless `--user-data-dir` says otherwise. */
export function usualUserData(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home = homedir()): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', productName)
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), productName)
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), productName)
}
