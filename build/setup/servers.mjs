import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unprivilegedAccount } from './account.mjs'
import { which } from './files.mjs'
import { inCache } from './paths.mjs'
import { StepFailed } from './report.mjs'
import { libraryFolders, unpackDebian } from './unpacked.mjs'

/**
 * Programs of a package.
 * @typedef {{ bin: string, env: NodeJS.ProcessEnv }} Programs `bin`: the folder that holds them; `env`: what they need
 *   beyond ours
 */

const isRoot = () => process.getuid?.() === 0

/** Root's copy lies where the ordinary user reads it as whom the servers run: PostgreSQL refuses to run as root. */
const rootsHome = '/var/lib/libral-dev/servers'
const home = () => (isRoot() ? rootsHome : inCache('servers'))

/** The system's own programs first. The account as which root runs Electron reads root's copy. */
const trees = () => ['/', ...[rootsHome, inCache('servers')].map((it) => join(it, 'root'))]

/**
 * @param {string} tree
 * @returns {NodeJS.ProcessEnv}
 */
const envOf = (tree) =>
  tree === '/'
    ? {}
    : {
        LD_LIBRARY_PATH: libraryFolders(tree).join(':'),
        PYTHONPATH: join(tree, 'usr/lib/python3/dist-packages'),
      }

/**
 * @param {(tree: string) => string | undefined} binIn the folder of the programs in a tree
 * @returns {Programs | undefined}
 */
function find(binIn) {
  for (const tree of trees()) {
    const bin = binIn(tree)
    if (bin !== undefined) return { bin, env: envOf(tree) }
  }
  return undefined
}

/**
 * @param {string} folder in a tree
 * @param {string} name of the program
 */
const findIn = (folder, name) =>
  find((tree) => {
    const path = join(tree, folder, name)
    const program = existsSync(path) ? path : tree === '/' ? which(name) : undefined
    return program === undefined ? undefined : dirname(program)
  })

/**
 * @param {readonly string[]} versions names of folders, such as `15`
 * @returns {string[]} the newest first; what is no number is left out
 */
export const newestFirst = (versions) =>
  versions.filter((name) => /^\d+$/.test(name)).sort((one, other) => Number(other) - Number(one))

/** @param {string} tree `/` or where packages were unpacked */
function postgresBin(tree) {
  const folder = join(tree, 'usr/lib/postgresql')
  const versions = existsSync(folder) ? newestFirst(readdirSync(folder)) : []
  const bins = versions.map((version) => join(folder, version, 'bin'))
  return bins.find((bin) => ['initdb', 'postgres'].every((name) => existsSync(join(bin, name))))
}

/** @returns {Programs | undefined} `initdb` and `postgres` */
export const findPostgres = () => find(postgresBin)
/** @returns {Programs | undefined} `redis-server` */
export const findRedis = () => findIn('usr/bin', 'redis-server')
/** @returns {Programs | undefined} `haproxy` */
export const findHaproxy = () => findIn('usr/sbin', 'haproxy')
/** @returns {Programs | undefined} `promtool` */
export const findPromtool = () => findIn('usr/bin', 'promtool')
/** @returns {Programs | undefined} `docker-compose`, a Python program */
export const findCompose = () => findIn('usr/bin', 'docker-compose')

/**
 * What the tests start for themselves, or give our files to. The packages are only unpacked, never installed: Debian's
 * own scripts would start services on the default ports, now and after every boot.
 * @type {ReadonlyArray<{ name: string, there: () => Programs | undefined }>}
 */
const wanted = Object.freeze([
  { name: 'postgresql', there: findPostgres },
  { name: 'redis-server', there: findRedis },
  { name: 'haproxy', there: findHaproxy },
  { name: 'prometheus', there: findPromtool },
  { name: 'docker-compose', there: findCompose },
])

/** @returns {string[]} names of Debian packages */
const lacking = () => wanted.flatMap(({ name, there }) => (there() === undefined ? [name] : []))

const skipping = 'the tests that need them are skipped'

/**
 * Sees to the servers of the tests. Where they can't be had, an ordinary user goes without; root, who could
 * have them, is told what failed.
 * @param {(text: string) => void} note
 */
export async function provideServers(note) {
  if (process.platform !== 'linux') return note(`none here; ${skipping}`)
  if (isRoot()) await unprivilegedAccount()
  const names = lacking()
  if (names.length === 0) return note('all there')
  if (which('apt-get') === undefined || !existsSync('/var/lib/dpkg/status'))
    return note(`no ${names.join(', no ')} and no apt; ${skipping}`)
  process.stdout.write(`setup  servers       Debian packages: ${names.join(' ')} …\n`)
  try {
    await unpackDebian(names, home())
  } catch (error) {
    if (isRoot() || !(error instanceof StepFailed)) throw error
    return note(`${names.join(', ')} can not be fetched; ${skipping}`)
  }
  const still = lacking()
  if (still.length > 0) throw new StepFailed(`${still.join(', ')} unpacked to nothing`, `remove ${home()}, start again`)
  note(`unpacked into ${home()}`)
}
