import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inCache } from './paths.mjs'
import { must, run } from './run.mjs'

/** Debian packages without rights: fetched with apt's state in our cache, unpacked into one folder beside it. */

const home = inCache('debian')
const tree = join(home, 'root')
const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'

/**
 * @param {string} path of a file in the packages, such as `usr/bin/Xvfb`
 * @returns {string | undefined} where it was unpacked
 */
export function unpackedFile(path) {
  const unpacked = join(tree, path)
  return existsSync(unpacked) ? unpacked : undefined
}

/**
 * @param {string} path a folder of the system
 * @returns {string[]} its unpacked counterpart, when there is one
 */
const counterpart = (path) => (existsSync(join(tree, path)) ? [join(tree, path)] : [])

/**
 * @param {string} tree where packages were unpacked
 * @returns {string[]} the folders of shared libraries in it
 */
export const libraryFolders = (tree) =>
  [`usr/lib/${triplet}`, `lib/${triplet}`, 'usr/lib', 'lib']
    .map((folder) => join(tree, folder))
    .filter((folder) => existsSync(folder))

/**
 * What a program needs in its environment to find what was unpacked. Empty when nothing was.
 * @returns {Record<string, string>}
 */
export function unpackedEnv() {
  if (!existsSync(tree)) return {}
  const libraries = libraryFolders(tree)
  const data = [...counterpart('usr/share'), process.env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share']
  const fonts = existsSync('/etc/fonts/fonts.conf') ? [] : counterpart('etc/fonts')
  const drivers = counterpart(`usr/lib/${triplet}/dri`)
  const joined = (/** @type {string[]} */ parts) => parts.filter(Boolean).join(delimiter)
  return {
    LD_LIBRARY_PATH: joined([...libraries, process.env['LD_LIBRARY_PATH'] ?? '']),
    PATH: joined([process.env['PATH'] ?? '', join(tree, 'usr/bin')]),
    XDG_DATA_DIRS: joined(data),
    ...(fonts[0] && { FONTCONFIG_PATH: fonts[0] }),
    ...(drivers[0] && { LIBGL_DRIVERS_PATH: drivers[0] }),
  }
}

/**
 * apt with its state and cache in our folder; what is installed is still read from the system's own record.
 * @param {string} home
 */
function aptOptions(home) {
  const settings = {
    'Dir::State': home,
    'Dir::State::lists': join(home, 'lists'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': home,
    'Dir::Cache::archives': join(home, 'archives'),
    'Debug::NoLocking': '1',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/**
 * Xvfb starts `xkbcomp` from a folder fixed when it was compiled. The copy that we run looks in its working folder
 * instead; the same length keeps everything else in place.
 * @param {Buffer} binary
 * @returns {Buffer} the patched copy; equal to the original when it holds no such string
 */
export function lookBesideItself(binary) {
  const patched = Buffer.from(binary)
  const fixed = Buffer.from('\0/usr/bin\0')
  const at = patched.indexOf(fixed)
  if (at >= 0) patched.set(Buffer.from('\0.\0\0\0\0\0\0\0\0'), at)
  return patched
}

function adaptXvfb() {
  const program = unpackedFile('usr/bin/Xvfb')
  if (program === undefined) return
  writeFileSync(program, lookBesideItself(readFileSync(program)))
  chmodSync(program, 0o755)
}

/** GTK ends the program when it opens a dialog and its settings were never compiled; dpkg would have done it. */
async function compileSettings() {
  const compiler = join(tree, `usr/lib/${triplet}/glib-2.0/glib-compile-schemas`)
  const schemas = join(tree, 'usr/share/glib-2.0/schemas')
  if (existsSync(schemas)) await run(compiler, [schemas], { env: { ...process.env, ...unpackedEnv() } })
}

/**
 * Fetches what the system lacks of the named packages, with all they depend on, and unpacks it: nothing is installed, no
 * package's script runs and no service starts.
 * @param {readonly string[]} names
 * @param {string} home holds apt's state, the packages and what they unpack to (`root`)
 */
export async function unpackDebian(names, home) {
  for (const folder of ['lists/partial', 'archives/partial', 'root']) mkdirSync(join(home, folder), { recursive: true })
  const advice = `ask an administrator to run: apt-get install --no-install-recommends ${names.join(' ')}`
  const options = { advice, timeoutMs: 20 * 60_000 }
  await must('apt-get', [...aptOptions(home), 'update'], options)
  const install = ['-y', '--download-only', '--no-install-recommends', 'install', ...names]
  await must('apt-get', [...aptOptions(home), ...install], options)
  for (const file of readdirSync(join(home, 'archives')).filter((name) => name.endsWith('.deb')))
    await must('dpkg-deb', ['-x', join(home, 'archives', file), join(home, 'root')], options)
}

/**
 * What Electron and a display need, into the cache.
 * @param {readonly string[]} names
 */
export async function fetchUnprivileged(names) {
  await unpackDebian(names, home)
  adaptXvfb()
  await compileSettings()
}
