import { readJson, writeJson } from './files.mjs'
import { inRoot, root } from './paths.mjs'
import { run } from './run.mjs'

/**
 * What 情報 says of a build.
 * @typedef {{
 *   version: string
 *   commit: string | null
 *   builtAt: string
 *   electronVersion: string
 *   electronOfficial: boolean
 * }} BuildInfo `commit` ends with `+` when the checkout held changes, and is null outside git; `builtAt` is ISO 8601
 */

const file = inRoot('out', 'build-info.json')

/** @returns {Promise<string | null>} */
async function commit() {
  const head = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root })
  if (head.code !== 0) return null
  const changes = await run('git', ['status', '--porcelain'], { cwd: root })
  return head.stdout.trim() + (changes.stdout === '' ? '' : '+')
}

/**
 * Writes out/build-info.json; an equal one keeps its time.
 * @param {import('./electron.mjs').ElectronDist} electron
 * @param {boolean} fresh whether out/ was built just now
 */
export async function writeBuildInfo(electron, fresh) {
  const { version } = /** @type {{ version: string }} */ (readJson(inRoot('package.json')))
  const info = {
    version,
    commit: await commit(),
    electronVersion: electron.version,
    electronOfficial: electron.official,
  }
  const last = /** @type {BuildInfo | undefined} */ (readJson(file))
  const builtAt = fresh ? undefined : last?.builtAt
  writeJson(file, { ...info, builtAt: builtAt ?? new Date().toISOString() })
}
