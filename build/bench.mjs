import { readdirSync } from 'node:fs'
import { startDisplay } from './setup/display.mjs'
import { inRoot } from './setup/paths.mjs'
import { quit, StepFailed, say } from './setup/report.mjs'
import { electronEnv, prepareStage } from './setup/stage.mjs'
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
 * One after another, since two at once would measure each other; as an ordinary user with a display, since some of
 * them start Electron.
 * @param {readonly string[]} filters
 */
async function bench(filters) {
  const names = chosen(filters)
  const { node, executable } = await setup({ display: true })
  const stage = await prepareStage(executable)
  const display = process.platform === 'linux' ? await startDisplay(stage.account) : undefined
  const env = { ...stage.env, ...display?.env, ...electronEnv(stage, executable) }
  const failed = []
  for (const name of names) {
    say(`\nbench  ${name}`)
    const where = { ...stage.account, cwd: stage.cwd, env }
    if ((await takeOver(stage.at(node), [stage.at(inRoot('bench', name))], where)) !== 0) failed.push(name)
  }
  await display?.stop()
  if (failed.length > 0) say(`\nfailed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

bench(process.argv.slice(2)).then((code) => process.exit(code), quit)
