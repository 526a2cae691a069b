import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { cache, inCache } from './paths.mjs'

const file = inCache('setup.lock')

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** @returns {boolean} whether the lock is ours now */
function take() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

/** Removes a lock whose holder died. */
function clearStale() {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    if (!Number.isInteger(pid) || pid <= 0 || !alive(pid)) rmSync(file, { force: true })
  } catch {
    // gone between the two calls: the next try takes it
  }
}

/**
 * Lets one set-up at a time work in this checkout; another waits for it.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(work) {
  mkdirSync(cache, { recursive: true })
  for (let tries = 0; !take(); tries++) {
    if (tries === 0) process.stdout.write('setup  waiting for another set-up in this checkout …\n')
    await wait(300)
    clearStale()
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
