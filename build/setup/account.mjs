import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { which } from './files.mjs'
import { run } from './run.mjs'

/** @typedef {{ name: string, uid: number, gid: number, home: string }} Person */

const name = 'libral-dev'
const home = '/var/lib/libral-dev'

/**
 * @param {string} passwd what /etc/passwd holds
 * @param {string} wanted the account's name
 * @returns {Person | undefined}
 */
export function findAccount(passwd, wanted) {
  const line = passwd.split('\n').find((it) => it.startsWith(`${wanted}:`))
  const [, , uid, gid, , folder] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined || folder === undefined) return undefined
  return { name: wanted, uid: Number(uid), gid: Number(gid), home: folder }
}

/**
 * The ordinary user as whom root runs Electron: Chromium's sandbox refuses to work for root.
 * @returns {Promise<Person | undefined>} undefined when there is none and none can be made
 */
export async function unprivilegedAccount() {
  const present = () => findAccount(readFileSync('/etc/passwd', 'utf8'), name)
  const useradd = which('useradd')
  if (present() === undefined && useradd !== undefined)
    await run(useradd, ['--system', '--home-dir', home, '--shell', '/usr/sbin/nologin', '--user-group', name])
  const person = present()
  if (person !== undefined && !existsSync(person.home)) makeOwn(person, person.home)
  return person
}

/**
 * Makes a folder that only this user can enter.
 * @param {Person} person
 * @param {string} folder
 */
export function makeOwn(person, folder) {
  mkdirSync(folder, { recursive: true })
  chownSync(folder, person.uid, person.gid)
  chmodSync(folder, 0o700)
}

/**
 * The environment of a session of this user, made from ours without what belongs to root's.
 * @param {Person} person
 * @returns {NodeJS.ProcessEnv}
 */
export function sessionEnv(person) {
  const kept = Object.entries(process.env).filter(([key]) => !/^(npm_|XDG_|DBUS_|XAUTHORITY$|SUDO_)/.test(key))
  const runtime = join(person.home, 'run')
  makeOwn(person, runtime)
  return {
    ...Object.fromEntries(kept),
    HOME: person.home,
    USER: person.name,
    LOGNAME: person.name,
    XDG_RUNTIME_DIR: runtime,
    TMPDIR: temporaryFolder(person),
  }
}

/**
 * Unix sockets and profiles of tests lie there; short, since a socket's path holds at most 107 bytes.
 * @param {Person} person
 */
function temporaryFolder(person) {
  const folder = join(person.home, 'tmp')
  makeOwn(person, folder)
  return folder
}
