import { createHash } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { digestFile, readJson, writeJson } from './files.mjs'
import { mirror } from './mirror.mjs'
import { inRoot, root } from './paths.mjs'
import { must, run } from './run.mjs'

/** @typedef {import('./account.mjs').Person} Person */

/** Big and never written to: linked, so that a copy costs a second and no room. */
const linked = ['node_modules', '.cache/electron', '.cache/debian/root']
const left = new Set(['.git', '.cache', 'node_modules', '.tsbuild', 'release', 'test-results', 'coverage'])

/**
 * Links a folder's files into the copy; where they can't be linked or others can't read them, copies them.
 * @param {string} from
 * @param {string} to
 */
async function linkTree(from, to) {
  mkdirSync(join(to, '..'), { recursive: true })
  const readable = (statSync(inRoot('node_modules/electron/package.json')).mode & 0o004) !== 0
  if (readable && (await run('cp', ['-al', from, to])).code === 0) return
  rmSync(to, { recursive: true, force: true })
  await must('cp', ['-a', from, to], { advice: 'see that there is room on the disk (1.5 GB)' })
  await must('chmod', ['-R', 'a+rX', to], { advice: 'run as root' })
}

async function linkedKey() {
  const lock = await digestFile(inRoot('package-lock.json'), 'sha256', 'hex')
  const times = linked.map((path) => (existsSync(inRoot(path)) ? statSync(inRoot(path)).ctimeMs : 0))
  return [lock, ...times].join(' ')
}

/** @param {string} copy */
async function refreshLinked(copy) {
  const stamp = join(copy, '.cache', 'linked.json')
  const key = await linkedKey()
  if (readJson(stamp) === key) return
  for (const path of linked) {
    rmSync(join(copy, path), { recursive: true, force: true })
    if (existsSync(inRoot(path))) await linkTree(inRoot(path), join(copy, path))
  }
  writeJson(stamp, key)
}

/**
 * Makes or refreshes the copy of this checkout that an ordinary user may read and, node_modules aside, write.
 * @param {Person} person
 * @returns {Promise<string>} the copy's folder
 */
export async function readableCopy(person) {
  const place = `${basename(root)}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`
  const copy = join(person.home, place)
  mkdirSync(copy, { recursive: true })
  await refreshLinked(copy)
  const names = readdirSync(root).filter((name) => !left.has(name))
  const wanted = new Set([...names, 'node_modules', '.cache', 'test-results'])
  for (const name of readdirSync(copy))
    if (!wanted.has(name)) rmSync(join(copy, name), { recursive: true, force: true })
  mirror({ from: root, to: copy, names, owner: person })
  chownSync(copy, person.uid, person.gid)
  return copy
}
