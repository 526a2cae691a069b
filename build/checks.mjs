import { inRoot, root } from './setup/paths.mjs'
import { run } from './setup/run.mjs'

/** @typedef {{ name: string, ok: boolean }} CheckResult */

const houses = ['protocol', 'trust', 'backend', 'main', 'preload', 'renderer']

/** What has to hold before anything runs; each line is one program of node_modules. */
const checks = [
  { name: 'types', script: 'typescript/bin/tsc', args: ['-b'] },
  { name: 'style', script: '@biomejs/biome/bin/biome', args: ['ci', '--error-on-warnings', '--colors=off'] },
  {
    name: 'imports',
    script: 'dependency-cruiser/bin/dependency-cruiser.mjs',
    args: ['--config', '.dependency-cruiser.cjs', ...houses],
  },
  { name: 'unused', script: 'knip/bin/knip.js', args: ['--no-progress'] },
]

/**
 * Runs every static check side by side, also after one failed.
 * @param {string} node a Node ≥ 24
 * @returns {Promise<CheckResult[]>}
 */
export function runChecks(node) {
  return Promise.all(
    checks.map(async ({ name, script, args }) => {
      const { code, stdout, stderr } = await run(node, [inRoot('node_modules', script), ...args], { cwd: root })
      const ok = code === 0
      process.stdout.write(`check  ${name.padEnd(13)} ${ok ? 'ok' : 'FAILED'}\n${ok ? '' : `${stdout}${stderr}\n`}`)
      return { name, ok }
    }),
  )
}
