import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unprivilegedAccount } from './account.mjs'
import { which } from './files.mjs'
import { inCache } from './paths.mjs'
import { StepFailed } from './report.mjs'
import { libraryFolders, unpackDebian } from './unpacked.mjs'

/**
 * The servers that the tests start for themselves. Their packages are only unpacked, never installed: Debian's own
 * scripts would start services on the default ports, now and after every boot.
 */
const wanted = Object.freeze({ postgres: 'postgresql', redis: 'redis-server' })

/**
 * Programs of a server.
 * @typedef {{ bin: string, env: NodeJS.ProcessEnv }} Programs `bin`: the folder that holds them; `env`: what they need
 *   beyond ours
 */

const isRoot = () => process.getuid?.() === 0

/** Root's copy lies where the ordinary user reads it as whom the servers run: PostgreSQL refuses to run as root. */
const home = () => (isRoot() ? '/var/lib/libral-dev/servers' : inCache('servers'))
const unpackedTree = () => join(home(), 'root')

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

/** @returns {NodeJS.ProcessEnv} */
const unpackedEnv = () => ({ LD_LIBRARY_PATH: libraryFolders(unpackedTree()).join(':') })

/** @returns {Programs | undefined} `initdb` and `postgres`: the system's, else the unpacked */
export function findPostgres() {
  const system = postgresBin('/')
  if (system !== undefined) return { bin: system, env: {} }
  const unpacked = postgresBin(unpackedTree())
  return unpacked === undefined ? undefined : { bin: unpacked, env: unpackedEnv() }
}

/** @returns {Programs | undefined} `redis-server`: the system's, else the unpacked */
export function findRedis() {
  const system = which('redis-server')
  if (system !== undefined) return { bin: join(system, '..'), env: {} }
  const unpacked = join(unpackedTree(), 'usr/bin')
  return existsSync(join(unpacked, 'redis-server')) ? { bin: unpacked, env: unpackedEnv() } : undefined
}

/** @returns {string[]} names of Debian packages */
const lacking = () => [
  ...(findPostgres() === undefined ? [wanted.postgres] : []),
  ...(findRedis() === undefined ? [wanted.redis] : []),
]

const skipping = 'the tests that need them are skipped'

/**
 * Sees to PostgreSQL and Redis for the tests. Where they can't be had, an ordinary user goes without; root, who could
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
