import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { makeOwn, sessionEnv, unprivilegedAccount } from './account.mjs'
import { inCache, root } from './paths.mjs'
import { readableCopy } from './readable-copy.mjs'
import { sandboxFlags } from './sandbox.mjs'
import { unpackedEnv } from './unpacked.mjs'

/**
 * Where and as whom Electron runs.
 * @typedef {{
 *   cwd: string
 *   account: { uid: number, gid: number } | undefined
 *   env: NodeJS.ProcessEnv
 *   flags: readonly string[]
 *   output: string
 *   at: (path: string) => string
 * }} Stage `account`: undefined for ourselves; `flags`: for Electron's command line; `output`: a folder that it may
 *   write to; `at`: a path of the checkout as it is found on the stage
 */

/**
 * Root's own screen is open to the ordinary user only with its cookie.
 * @param {import('./account.mjs').Person} person
 * @returns {Record<string, string>}
 */
function lendScreen(person) {
  const cookie = process.env['XAUTHORITY'] ?? join(homedir(), '.Xauthority')
  if (process.env['DISPLAY'] === undefined || !existsSync(cookie)) return {}
  const lent = join(person.home, 'Xauthority')
  copyFileSync(cookie, lent)
  chownSync(lent, person.uid, person.gid)
  chmodSync(lent, 0o600)
  return { XAUTHORITY: lent }
}

/**
 * The checkout itself, as whoever we are.
 * @param {string} executable Electron's binary
 * @returns {Promise<Stage>}
 */
export async function ownStage(executable) {
  const output = inCache('output')
  mkdirSync(output, { recursive: true })
  const env = { ...process.env, ...unpackedEnv() }
  const flags = await sandboxFlags(executable, undefined)
  return { cwd: root, account: undefined, env, flags, output, at: (path) => path }
}

/**
 * For an ordinary user the checkout itself; for root a copy and an account with which Chromium's sandbox works.
 * @param {string} executable Electron's binary in the checkout
 * @returns {Promise<Stage>}
 */
export async function prepareStage(executable) {
  if (process.getuid?.() !== 0) return ownStage(executable)
  const person = await unprivilegedAccount()
  if (person === undefined) return ownStage(executable)
  const cwd = await readableCopy(person)
  const output = `${cwd}-output`
  makeOwn(person, output)
  const account = { uid: person.uid, gid: person.gid }
  const at = (/** @type {string} */ path) => join(cwd, relative(root, path))
  const flags = await sandboxFlags(at(executable), account)
  return { cwd, account, env: { ...sessionEnv(person), ...lendScreen(person) }, flags, output, at }
}

/**
 * How tests and benchmarks find the Electron to start.
 * @param {Stage} stage
 * @param {string} executable Electron's binary in the checkout
 * @returns {Record<'ELECTRON_EXEC_PATH' | 'LIBRAL_ELECTRON_FLAGS', string>} the flags are separated by blanks
 */
export function electronEnv(stage, executable) {
  return { ELECTRON_EXEC_PATH: stage.at(executable), LIBRAL_ELECTRON_FLAGS: stage.flags.join(' ') }
}
