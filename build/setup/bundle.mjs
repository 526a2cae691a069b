import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { buildInfoFile } from './build-info.mjs'
import { filesUnder, readJson, writeJson } from './files.mjs'
import { node24 } from './node24.mjs'
import { inRoot, root } from './paths.mjs'
import { must } from './run.mjs'

const houses = ['protocol', 'trust', 'backend', 'main', 'preload', 'renderer', 'resources']
const others = ['electron.vite.config.ts', 'build/licences.ts', 'package.json', 'package-lock.json']
const stamp = inRoot('out', 'inputs.json')

/** @param {string} path */
const isInput = (path) => !/\.test\.tsx?$/.test(path)

/**
 * @param {ReadonlyArray<readonly [name: string, content: Uint8Array]>} inputs in a fixed order
 * @returns {string} changes whenever a name or a content does
 */
export function fingerprint(inputs) {
  const hash = createHash('sha256')
  for (const [name, content] of inputs) hash.update(`${name}\0${content.length}\0`).update(content)
  return hash.digest('hex')
}

function presentFingerprint() {
  const paths = [
    ...houses.flatMap((house) => filesUnder(inRoot(house))).filter(isInput),
    ...others.map((it) => inRoot(it)),
  ]
  const existing = paths.filter((path) => existsSync(path))
  return fingerprint(existing.map((path) => [relative(root, path), readFileSync(path)]))
}

/**
 * Builds main, preload, renderer and backend into out/ when any of their sources changed since.
 * @param {(text: string) => void} note
 */
export async function bundle(note) {
  const inputs = presentFingerprint()
  const last = /** @type {{ inputs?: string } | undefined} */ (readJson(stamp))
  if (last?.inputs === inputs) return note('up to date')
  for (const file of [stamp, buildInfoFile]) rmSync(file, { force: true })
  await must(node24(), [inRoot('node_modules/electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    timeoutMs: 5 * 60_000,
    advice: 'mend what the message names; npm run check tells more',
  })
  writeJson(stamp, { inputs })
  note('built')
}
