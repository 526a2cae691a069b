import { spawn } from 'node:child_process'
import { guarded } from './guarded.mjs'
import { StepFailed } from './report.mjs'

/**
 * @typedef {{
 *   cwd?: string
 *   env?: NodeJS.ProcessEnv
 *   timeoutMs?: number
 *   show?: boolean
 *   uid?: number
 *   gid?: number
 * }} RunOptions `show` passes the output through instead of collecting it
 * @typedef {{ code: number, stdout: string, stderr: string, timedOut: boolean }} RunResult `code` is -1 when the
 *   program couldn't be started or was killed
 */

/**
 * Runs a program to its end. Never throws: what it means that it failed is the caller's to say.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  const { timeoutMs, show = false, ...spawnOptions } = options
  return new Promise((resolve) => {
    const child = spawn(...guarded(command, args), {
      ...spawnOptions,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    const timer =
      timeoutMs &&
      setTimeout(() => {
        timedOut = true
        child.kill('SIGKILL')
      }, timeoutMs)
    child.on('error', (error) => {
      stderr += String(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer || undefined)
      resolve({ code: code ?? -1, stdout, stderr, timedOut })
    })
  })
}

/**
 * Runs a program that has to succeed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions & { advice: string }} options
 * @returns {Promise<string>} its standard output
 * @throws {StepFailed} with the last lines that it wrote
 */
export async function must(command, args, { advice, ...options }) {
  const result = await run(command, args, options)
  if (result.code === 0) return result.stdout
  const ending = result.timedOut ? 'took too long' : `ended with ${result.code}`
  const lines = `${result.stdout}${result.stderr}`.trim().split('\n')
  const isStack = (/** @type {string} */ line) => /^\s+at /.test(line)
  const tail = lines
    .filter((line) => !isStack(line))
    .slice(-16)
    .join('\n    ')
  throw new StepFailed(`${[command, ...args].join(' ')} ${ending}${tail && `\n    ${tail}`}`, advice)
}

/**
 * Runs npm: the very one that started us when there is one, else the one on the path.
 * @param {readonly string[]} args
 * @param {RunOptions & { advice: string }} options
 */
export function npm(args, options) {
  const started = process.env['npm_execpath']
  if (started?.endsWith('.js')) return must(process.execPath, [started, ...args], options)
  return must(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options)
}
