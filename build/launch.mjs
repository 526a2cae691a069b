import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { guarded } from './setup/guarded.mjs'
import { StepFailed } from './setup/report.mjs'

/**
 * @typedef {{
 *   firstPaint: (limitMs: number) => Promise<Beginning>
 *   ended: Promise<number>
 *   stop: () => Promise<void>
 * }} RunningApp `ended`: the exit code, 0 when it ended because it was asked to
 * @typedef {'painted' | 'already-running' | 'asked-to-end'} Beginning `already-running`: another instance has the
 *   profile, was brought to the front, and this one ended
 */

const graceMs = 10_000
const leftoverMs = 1_000
const firstPaintLine = 'libral: first-paint '
const alreadyRunningLine = 'libral: already-running'

/**
 * Starts the app in a process group of its own, so that Ctrl-C reaches it once and through us.
 * @param {{
 *   executable: string
 *   args: readonly string[]
 *   stage: import('./setup/stage.mjs').Stage
 *   env: Record<string, string>
 * }} how
 * @returns {RunningApp}
 */
export function launch({ executable, args, stage, env }) {
  const child = spawn(...guarded(executable, args), {
    ...stage.account,
    cwd: stage.cwd,
    env: { ...stage.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let asked = false
  const begun = watchBeginning(child)
  passComplaints(child)
  const ended = /** @type {Promise<number>} */ (
    new Promise((resolve) => {
      child.on('error', () => resolve(1))
      child.on('close', (code) => resolve(asked ? 0 : (code ?? 1)))
    })
  )
  // Whatever the app left behind in its group goes with it, and lets go of its output.
  child.on('exit', () => setTimeout(() => kill(child, 'SIGKILL'), leftoverMs))
  let askedAt = 0
  const ask = () => {
    // npm may pass on a Ctrl-C that the terminal gave us already: only a later one means impatience.
    if (asked && performance.now() - askedAt > 1_000) kill(child, 'SIGKILL')
    if (asked) return
    asked = true
    askedAt = performance.now()
    child.kill('SIGTERM')
    setTimeout(() => kill(child, 'SIGKILL'), graceMs).unref()
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, ask)
  return {
    ended,
    firstPaint: (limitMs) => Promise.race([begun, failAtEnd(ended, () => asked), failAfter(limitMs)]),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) ask()
      await ended
    },
  }
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function kill(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // the group is gone already
  }
}

/**
 * Passes the app's output through and waits for the line with which it reports how it began.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<Beginning>}
 */
function watchBeginning(child) {
  return new Promise((resolve) => {
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      process.stdout.write(`${line}\n`)
      if (line.startsWith(firstPaintLine)) resolve('painted')
      if (line === alreadyRunningLine) resolve('already-running')
    })
  })
}

/** @param {Promise<number>} ended @param {() => boolean} asked @returns {Promise<'asked-to-end'>} */
async function failAtEnd(ended, asked) {
  const code = await ended
  if (asked()) return 'asked-to-end'
  throw new StepFailed(`the app ended with ${code} before its first paint`, 'see what it printed above')
}

/**
 * Passes standard error through, without Chromium's dozen lines about there being no desktop bus.
 * @param {import('node:child_process').ChildProcess} child
 */
function passComplaints(child) {
  if (child.stderr === null) return
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!/:ERROR:dbus\//.test(line)) process.stderr.write(`${line}\n`)
  })
}

/** @param {number} limitMs @returns {Promise<never>} */
function failAfter(limitMs) {
  return new Promise((_, reject) => {
    const late = new StepFailed(`no first paint within ${limitMs / 1000} s`, 'see what it printed above')
    setTimeout(() => reject(late), limitMs).unref()
  })
}
