import { readdirSync } from 'node:fs'
import { inRoot, root } from './setup/paths.mjs'
import { quit, StepFailed, say } from './setup/report.mjs'
import { setup } from './setup.mjs'
import { takeOver } from './take-over.mjs'

/** @param {readonly string[]} filters parts of names; nothing means all */
function chosen(filters) {
  const all = readdirSync(inRoot('bench')).filter((name) => name.endsWith('.bench.ts'))
  const some = all.filter((name) => filters.length === 0 || filters.some((part) => name.includes(part)))
  if (some.length === 0) throw new StepFailed(`no benchmark is called so`, `choose from ${all.join(', ')}`)
  return some.sort()
}

/**
 * One after another: two at once would measure each other.
 * @param {readonly string[]} filters
 */
async function bench(filters) {
  const names = chosen(filters)
  const { node, executable } = await setup({ display: true })
  const failed = []
  for (const name of names) {
    say(`\nbench  ${name}`)
    const env = { ...process.env, ELECTRON_EXEC_PATH: executable }
    if ((await takeOver(node, [inRoot('bench', name)], { cwd: root, env })) !== 0) failed.push(name)
  }
  if (failed.length > 0) say(`\nfailed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

bench(process.argv.slice(2)).then((code) => process.exit(code), quit)
