import { spawn } from 'node:child_process'
import { guarded } from './setup/guarded.mjs'

/**
 * Runs a program in our place: with our terminal, our signals, and its exit code as ours.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} 0 when it ended by a signal that we passed on
 */
export function takeOver(command, args, options) {
  const child = spawn(...guarded(command, args), { ...options, stdio: 'inherit' })
  let asked = false
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => {
      asked = true
      child.kill(signal)
    })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? (asked ? 0 : 1)))
  })
}
