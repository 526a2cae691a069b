import { runChecks } from './checks.mjs'
import { packageApp } from './packaging.mjs'
import { quit, StepFailed, say } from './setup/report.mjs'
import { setup } from './setup.mjs'
import { runPackaged, runPlaywright, runVitest } from './suites.mjs'
import { crashed, sum } from './tally.mjs'

/** @typedef {import('./tally.mjs').Tally} Tally */
/** @typedef {import('./setup.mjs').Tools} Tools */

/** @type {Readonly<Record<string, (tools: Tools) => Promise<Tally>>>} in the order in which they run */
const suites = {
  check: async ({ node }) => {
    const results = await runChecks(node)
    const passed = results.filter((it) => it.ok).length
    const failures = results.filter((it) => !it.ok).map((it) => it.name)
    return { passed, failed: failures.length, skipped: 0, failures }
  },
  unit: ({ node }) => runVitest(node, ['unit', 'dom']),
  integration: ({ node, executable }) => runVitest(node, ['integration'], { ELECTRON_EXEC_PATH: executable }),
  e2e: (tools) => runPlaywright(tools),
  packaged: async (tools) => {
    const code = await packageApp(tools.node, ['dir'])
    return code === 0 ? runPackaged(tools) : crashed
  },
}

/**
 * @param {readonly string[]} wanted what follows `npm test --`; nothing means everything
 * @returns {string[]} names of suites in their order
 */
function choose(wanted) {
  const known = Object.keys(suites)
  const strange = wanted.filter((name) => !known.includes(name))
  if (strange.length > 0)
    throw new StepFailed(`there is no suite called ${strange.join(', ')}`, `choose from ${known.join(', ')}`)
  return known.filter((name) => wanted.length === 0 || wanted.includes(name))
}

/** @param {readonly string[]} args */
async function test(args) {
  const chosen = choose(args)
  const e2e = chosen.includes('e2e')
  const tools = await setup({
    display: e2e || chosen.includes('packaged'),
    keyring: e2e,
    servers: chosen.includes('integration'),
    programs: e2e || chosen.includes('unit') || chosen.includes('integration'),
  })
  /** @type {Array<readonly [name: string, tally: Tally]>} */
  const tallies = []
  for (const name of chosen) {
    say(`\ntest   ${name}`)
    tallies.push([name, (await suites[name]?.(tools)) ?? crashed])
  }
  say('')
  for (const [name, { failures = [] }] of tallies)
    for (const failure of failures) say(`failed ${name.padEnd(13)} ${failure}`)
  for (const [name, { passed, failed, skipped }] of tallies)
    say(`test   ${name.padEnd(13)} ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  const { passed, failed } = sum(tallies.map(([, tally]) => tally))
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

test(process.argv.slice(2)).then((code) => process.exit(code), quit)
