import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { say } from './report.mjs'
import { run } from './run.mjs'

/** @param {string} helper Chromium's own helper, for kernels that keep user namespaces from ordinary users */
function isSetuidRoot(helper) {
  const { uid, mode } = statSync(helper)
  return uid === 0 && (mode & 0o4001) === 0o4001
}

/**
 * Finds out beforehand whether Chromium's sandbox can work here: without it, Electron would end at once.
 * @param {string} executable Electron's binary
 * @param {{ uid: number, gid: number } | undefined} account as whom it will run; undefined for ourselves
 * @returns {Promise<readonly string[]>} flags for Electron's command line
 */
export async function sandboxFlags(executable, account) {
  if (process.platform !== 'linux') return []
  const helper = join(dirname(executable), 'chrome-sandbox')
  const root = account === undefined && process.getuid?.() === 0
  if (!root && isSetuidRoot(helper)) return []
  const namespaces = await run('unshare', ['--user', '--pid', '--net', '--fork', 'true'], { ...account, cwd: '/' })
  if (!root && namespaces.code === 0) return []
  const why = root ? 'root can not have it' : 'this system keeps user namespaces from ordinary users'
  const remedy = root ? 'use an ordinary user' : `as root: chown root ${helper} && chmod 4755 ${helper}`
  say(`WARNING: Electron runs WITHOUT Chromium's sandbox (--no-sandbox): ${why}. To have it, ${remedy}`)
  return ['--no-sandbox']
}
