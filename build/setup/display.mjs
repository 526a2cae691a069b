import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { guarded } from './guarded.mjs'
import { xvfbProgram } from './libraries.mjs'
import { StepFailed } from './report.mjs'
import { unpackedEnv, unpackedFile } from './unpacked.mjs'

/**
 * @typedef {{ uid: number, gid: number }} Account
 * @typedef {{ env: Record<string, string>, stop: () => Promise<void> }} Display
 */

/**
 * An Xauthority file with one cookie, good for any host and display number (Xau(3): family 65535 is FamilyWild).
 * @param {Uint8Array} cookie 16 bytes
 * @returns {Buffer}
 */
export function xauthority(cookie) {
  const field = (/** @type {Uint8Array} */ bytes) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const none = new Uint8Array()
  const name = Buffer.from('MIT-MAGIC-COOKIE-1')
  return Buffer.concat([Buffer.from([0xff, 0xff]), ...[none, none, name, cookie].map(field)])
}

/** @param {Account | undefined} account */
function writeCookie(account) {
  const folder = mkdtempSync(join(tmpdir(), 'libral-display-'))
  const file = join(folder, 'Xauthority')
  writeFileSync(file, xauthority(randomBytes(16)), { mode: 0o600 })
  for (const path of account ? [folder, file] : []) chownSync(path, account?.uid ?? -1, account?.gid ?? -1)
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * @param {import('node:child_process').ChildProcess} server
 * @returns {Promise<string>} the display number that it wrote to its fourth descriptor
 */
function displayNumber(server) {
  return new Promise((resolve, reject) => {
    let complaints = ''
    server.stderr?.setEncoding('utf8').on('data', (text) => {
      complaints += text
    })
    server.stdio[3]?.on('data', (data) => resolve(String(data).trim()))
    server.on('error', reject)
    server.on('exit', (code) =>
      reject(
        new StepFailed(
          `Xvfb ended with ${code}: ${complaints.trim().split('\n').slice(-3).join(' ')}`,
          'install xvfb from your distribution, or set DISPLAY to a screen of yours',
        ),
      ),
    )
  })
}

/**
 * Starts Xvfb on a free display that only the holder of its cookie may open.
 * @param {Account} [account] whom it shall run as, when not us
 * @returns {Promise<Display>} `env`: what a program needs to draw there
 */
export async function startDisplay(account) {
  const program = xvfbProgram()
  if (program === undefined) throw new StepFailed('there is no Xvfb', 'run npm start again without .cache')
  const cookie = writeCookie(account)
  const own = unpackedFile('usr/bin/Xvfb') === program
  const keyboards = own ? ['-xkbdir', join(dirname(program), '../share/X11/xkb')] : []
  const args = ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp', '-auth', cookie.file]
  const server = spawn(...guarded(program, [...args, ...keyboards]), {
    ...account,
    // The unpacked Xvfb looks for xkbcomp in its working folder.
    cwd: dirname(program),
    env: { ...process.env, ...unpackedEnv() },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => server.on('close', resolve))
  const number = await displayNumber(server).catch((error) => {
    cookie.remove()
    throw error
  })
  return {
    env: { DISPLAY: `:${number}`, XAUTHORITY: cookie.file },
    stop: async () => {
      server.kill('SIGTERM')
      await ended
      cookie.remove()
    },
  }
}
