import { join } from 'node:path'

/** Where things lie. `out` is the folder of the bundles, `userData` the profile's. */
export interface Locations {
  readonly renderer: string
  readonly preload: string
  readonly backend: string
  readonly vault: string
  readonly resources: string
  readonly userData: string
  readonly settings: string
  readonly windows: string
  readonly logs: string
  readonly deployments: string
  /** The list of them. */
  readonly known: string
}

/**
 * @param bundle folder of the main bundle, `out/main`
 * @param userData Electron's user data folder, as `--user-data-dir` sets it
 */
export const locate = (bundle: string, userData: string): Locations => ({
  renderer: join(bundle, '../renderer'),
  preload: join(bundle, '../preload/index.cjs'),
  backend: join(bundle, 'backend.js'),
  vault: join(bundle, 'vault.js'),
  resources: join(bundle, '../../resources'),
  userData,
  settings: join(userData, 'settings.json'),
  windows: join(userData, 'windows.json'),
  logs: join(userData, 'logs'),
  deployments: join(userData, 'deployments'),
  known: join(userData, 'deployments.json'),
})
