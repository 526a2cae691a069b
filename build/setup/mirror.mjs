import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {string} from
 * @param {string} to
 * @returns {boolean} whether both are files of the same size and time
 */
function same(from, to) {
  if (!existsSync(to)) return false
  const [wanted, found] = [lstatSync(from), lstatSync(to)]
  return wanted.isFile() && found.isFile() && wanted.size === found.size && wanted.mtimeMs === found.mtimeMs
}

/**
 * Makes a folder's listed entries equal to another's, touching only what differs: who runs from the copy meanwhile
 * is not disturbed by an unchanged file.
 * @param {{ from: string, to: string, names: readonly string[], owner: { uid: number, gid: number } }} job
 */
export function mirror({ from, to, names, owner }) {
  for (const name of names) {
    const [source, target] = [join(from, name), join(to, name)]
    const found = lstatSync(source)
    if (found.isDirectory()) mirrorFolder(source, target, owner)
    else if (found.isFile() && !same(source, target)) copyFile(source, target, owner, found)
  }
}

/** @param {string} from @param {string} to @param {{ uid: number, gid: number }} owner */
function mirrorFolder(from, to, owner) {
  if (existsSync(to) && !lstatSync(to).isDirectory()) rmSync(to, { force: true })
  mkdirSync(to, { recursive: true, mode: 0o755 })
  chownSync(to, owner.uid, owner.gid)
  const names = readdirSync(from)
  const wanted = new Set(names)
  for (const name of readdirSync(to)) if (!wanted.has(name)) rmSync(join(to, name), { recursive: true, force: true })
  mirror({ from, to, names, owner })
}

/**
 * @param {string} from
 * @param {string} to
 * @param {{ uid: number, gid: number }} owner
 * @param {import('node:fs').Stats} stats
 */
function copyFile(from, to, owner, stats) {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to)
  chownSync(to, owner.uid, owner.gid)
  // In milliseconds, so that the next comparison sees the very value; as a Date it would lose the fraction.
  utimesSync(to, stats.atimeMs / 1000, stats.mtimeMs / 1000)
}
