import { readJson } from './files.mjs'
import { inRoot, root } from './paths.mjs'
import { npm } from './run.mjs'

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages */

/**
 * Says what node_modules lacks or has in another version than the lock. Optional packages may be absent (they are
 * for other platforms), but not different.
 * @param {Packages} locked `packages` of package-lock.json
 * @param {Packages} installed `packages` of node_modules/.package-lock.json, which npm writes last
 * @returns {string[]} names, empty when both match
 */
export function differences(locked, installed) {
  return Object.entries(locked)
    .filter(([path, wanted]) => {
      if (path === '') return false
      const found = installed[path]
      return found === undefined ? wanted.optional !== true : found.version !== wanted.version
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
}

/** @param {string} file */
function packagesOf(file) {
  const lock = /** @type {{ packages?: Packages } | undefined} */ (readJson(inRoot(file)))
  return lock?.packages
}

/**
 * Installs exactly what the lock says, running no package's scripts.
 * @param {(text: string) => void} note
 */
export async function installDependencies(note) {
  const locked = packagesOf('package-lock.json') ?? {}
  const installed = packagesOf('node_modules/.package-lock.json')
  if (installed !== undefined && differences(locked, installed).length === 0) return note('match the lock')
  process.stdout.write('setup  dependencies  npm ci --ignore-scripts …\n')
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    timeoutMs: 20 * 60_000,
    advice: 'check that the npm registry can be reached, then start again; nothing of this is half done',
  })
  note('installed from the lock')
}
