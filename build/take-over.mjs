import { spawn } from 'node:child_process'
import { guarded } from './setup/guarded.mjs'

/** @type {readonly NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program in our place: with our output, our signals, and its exit code as ours.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number }} options
 * @returns {Promise<number>} 0 when it ended by a signal that we passed on
 */
export function takeOver(command, args, options) {
  // In a group of its own: a Ctrl-C reaches it once, through us.
  const child = spawn(...guarded(command, args), {
    ...options,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  let asked = false
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    if (asked) return
    asked = true
    child.kill(signal)
  }
  for (const signal of signals) process.on(signal, passOn)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, passOn)
      resolve(code ?? (asked ? 0 : 1))
    })
  })
}
