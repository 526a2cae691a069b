import { randomBytes } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** sockaddr_un.sun_path holds 108 bytes with its end (unix(7)). */
const longestPath = 107
const prefix = 'libral-'
const socketName = 'core.sock'

/** Where the embedded backend listens: a path in a folder that only this user can enter, new for each run. */
export interface SocketPlace {
  readonly path: string
  remove(): void
}

/**
 * @param env for XDG_RUNTIME_DIR, the user's own folder in memory
 * @throws when no folder is short enough for a socket's path
 */
export function makeSocketPlace(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): SocketPlace {
  if (platform === 'win32') return { path: `\\\\.\\pipe\\libral-${randomBytes(16).toString('hex')}`, remove: () => {} }
  for (const base of [env['XDG_RUNTIME_DIR'] ?? '', tmpdir(), '/tmp'].filter(fits)) {
    const place = tryIn(base)
    if (place !== null) return place
  }
  throw new Error('no folder for a socket')
}

const fits = (base: string): boolean =>
  base !== '' && Buffer.byteLength(join(base, `${prefix}${process.pid}-XXXXXX`, socketName)) <= longestPath

function tryIn(base: string): SocketPlace | null {
  try {
    sweep(base)
    const folder = mkdtempSync(join(base, `${prefix}${process.pid}-`))
    return { path: join(folder, socketName), remove: () => rmSync(folder, { recursive: true, force: true }) }
  } catch {
    return null
  }
}

/** Removes folders of ours whose process was killed. */
function sweep(base: string): void {
  for (const name of readdirSync(base)) dropDead(base, name)
}

function dropDead(base: string, name: string): void {
  const pid = Number(/^libral-([0-9]+)-[A-Za-z0-9]{6}$/.exec(name)?.[1])
  if (!Number.isInteger(pid) || pid === 0 || isAlive(pid)) return
  const folder = join(base, name)
  try {
    if (lstatSync(folder).uid === process.getuid?.()) rmSync(folder, { recursive: true, force: true })
  } catch {
    // Another start swept it at the same time.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
