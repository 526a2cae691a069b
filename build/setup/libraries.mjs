import { existsSync } from 'node:fs'
import { which } from './files.mjs'
import { StepFailed } from './report.mjs'
import { must, run } from './run.mjs'
import { fetchUnprivileged, unpackedEnv, unpackedFile } from './unpacked.mjs'

/** What Electron and a display without a screen need beyond a bare Debian, and newer Debians' names for the same. */
const needed = Object.freeze({
  electron: [['libgtk-3-0', 'libgtk-3-0t64'], ['libnss3'], ['libasound2', 'libasound2t64'], ['libgbm1']],
  display: [['xvfb'], ['xauth']],
  // The tests of the keychain; an ordinary user's tests go without, since an unpacked daemon finds nothing of its own.
  keyring: [['gnome-keyring'], ['dbus']],
})

/**
 * @param {string} text what `ldd` printed
 * @returns {string[]} the shared libraries that it could not find
 */
export function missingLibraries(text) {
  return [...text.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] ?? '')
}

/**
 * @param {ReadonlyArray<readonly string[]>} wanted per package its names, the oldest first
 * @param {ReadonlySet<string>} known names that this system's apt knows
 * @returns {string[]} one name each; the newest one that apt knows, the oldest when it knows none
 */
export function packageNames(wanted, known) {
  return wanted.map((names) => names.findLast((name) => known.has(name)) ?? names[0] ?? '')
}

/** @param {string} executable */
async function lacking(executable) {
  const ldd = await run('ldd', [executable], { env: { ...process.env, ...unpackedEnv() } })
  return missingLibraries(ldd.stdout)
}

/** @returns {string | undefined} the Xvfb to use: the system's, else the one unpacked into the cache */
export const xvfbProgram = () => which('Xvfb') ?? unpackedFile('usr/bin/Xvfb')

const hasKeyring = () => ['gnome-keyring-daemon', 'dbus-run-session'].every((name) => which(name) !== undefined)

/** @param {ReadonlyArray<readonly string[]>} wanted */
async function namesHere(wanted) {
  const listed = await run('apt-cache', ['pkgnames', 'lib'])
  return packageNames(wanted, new Set(listed.stdout.split('\n')))
}

/**
 * @param {readonly string[]} names
 * @param {readonly string[]} [options] for apt-get
 */
export async function installAsRoot(names, options = []) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const advice = 'check that the Debian mirrors in /etc/apt can be reached, then start again'
  // Another apt may be at work, such as the system's own daily update.
  const patient = ['-o', 'DPkg::Lock::Timeout=300']
  await must('apt-get', [...patient, 'update'], { env, advice, timeoutMs: 5 * 60_000 })
  await must('apt-get', [...patient, 'install', '-y', '--no-install-recommends', ...options, ...names], {
    env,
    advice,
    timeoutMs: 20 * 60_000,
  })
}

/**
 * Gets Debian packages onto the machine (root) or into the project's cache (ordinary user).
 * @param {ReadonlyArray<readonly string[]>} wanted per package its possible names
 */
export async function provideDebian(wanted) {
  const plain = packageNames(wanted, new Set()).join(' ')
  if (which('apt-get') === undefined || !existsSync('/var/lib/dpkg/status'))
    throw new StepFailed(
      'this system lacks libraries and is no Debian, so set-up can not fetch them',
      `install what your system calls these Debian packages, then start again: ${plain}`,
    )
  const names = await namesHere(wanted)
  process.stdout.write(`setup  libraries     Debian packages: ${names.join(' ')} …\n`)
  if (process.getuid?.() === 0) await installAsRoot(names)
  else await fetchUnprivileged(names)
}

/**
 * Sees to the shared libraries that Electron loads, and to Xvfb where a display has to be made.
 * @param {(text: string) => void} note
 * @param {{ executable: string, display: boolean, keyring: boolean }} needs `display`: whether Xvfb is needed;
 *   `keyring`: whether root's tests want a keyring
 */
export async function provideLibraries(note, { executable, display, keyring }) {
  if (process.platform !== 'linux') return note('none needed here')
  const libraries = (await lacking(executable)).length > 0
  const server = display && xvfbProgram() === undefined
  const secrets = keyring && process.getuid?.() === 0 && !hasKeyring()
  if (!libraries && !server && !secrets) return note('all there')
  await provideDebian([
    ...(libraries ? needed.electron : []),
    ...(server ? needed.display : []),
    ...(secrets ? needed.keyring : []),
  ])
  const still = await lacking(executable)
  if (still.length > 0)
    throw new StepFailed(
      `Electron still lacks ${still.join(', ')}`,
      'find the packages that hold them (apt-file search NAME), install them, then start again',
    )
  note(process.getuid?.() === 0 ? 'installed' : 'unpacked into .cache/debian')
}
