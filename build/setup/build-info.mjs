import { readJson, writeJson } from './files.mjs'
import { inRoot, root } from './paths.mjs'
import { run } from './run.mjs'

/**
 * What 情報 says of a build.
 * @typedef {{
 *   version: string
 *   commit: string
 *   builtAt: string
 *   electronVersion: string
 *   official: boolean
 * }} BuildInfo `commit` ends with `+` when the checkout held changes, and is empty outside git; `builtAt` is ISO 8601;
 *   `official`: whether this Electron came from its project's own release page
 */

export const buildInfoFile = inRoot('out', 'build.json')

/** @returns {Promise<string>} */
async function commit() {
  const head = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root })
  if (head.code !== 0) return ''
  const changes = await run('git', ['status', '--porcelain'], { cwd: root })
  return head.stdout.trim() + (changes.stdout === '' ? '' : '+')
}

/**
 * Writes out/build.json; what was built before keeps its time.
 * @param {import('./electron.mjs').ElectronDist} electron
 */
export async function writeBuildInfo(electron) {
  const { version } = /** @type {{ version: string }} */ (readJson(inRoot('package.json')))
  const info = {
    version,
    commit: await commit(),
    electronVersion: electron.version,
    official: electron.official,
  }
  const last = /** @type {BuildInfo | undefined} */ (readJson(buildInfoFile))
  writeJson(buildInfoFile, { ...info, builtAt: last?.builtAt ?? new Date().toISOString() })
}
