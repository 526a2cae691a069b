import { runChecks } from './checks.mjs'
import { packageApp } from './packaging.mjs'
import { quit, StepFailed, say } from './setup/report.mjs'
import { setup } from './setup.mjs'
import { runPackaged, runPlaywright, runVitest } from './suites.mjs'
import { crashed, sum } from './tally.mjs'

/** @typedef {import('./tally.mjs').Tally} Tally */
/** @typedef {import('./setup.mjs').Tools} Tools */

/**
 * In the order in which they run; `only`: files whose path holds one of these words, none of them means all.
 * @type {Readonly<Record<string, (tools: Tools, only: readonly string[]) => Promise<Tally>>>}
 */
const suites = {
  check: async ({ node }) => {
    const results = await runChecks(node)
    const passed = results.filter((it) => it.ok).length
    const failures = results.filter((it) => !it.ok).map((it) => it.name)
    return { passed, failed: failures.length, skipped: 0, failures }
  },
  unit: ({ node }, only) => runVitest(node, ['unit', 'dom'], only),
  integration: ({ node, executable }, only) =>
    runVitest(node, ['integration'], only, {
      env: { ELECTRON_EXEC_PATH: executable, LIBRAL_BUILT: 'yes' },
      // Each waits for programs, locks and the disk half of its time.
      more: ['--maxWorkers=3'],
    }),
  e2e: (tools, only) => runPlaywright(tools, only),
  packaged: async (tools) => {
    const code = await packageApp(tools.node, ['dir'])
    return code === 0 ? runPackaged(tools) : crashed
  },
}

/**
 * @param {readonly string[]} wanted what follows `npm test --`: names of suites, and `SUITE:WORD` for those of its files
 *   whose path holds the word; nothing means everything
 * @returns {Map<string, string[]>} words by suite, in the suites' order
 */
function choose(wanted) {
  const pairs = wanted.map((it) => it.split(':', 2))
  const strange = pairs.flatMap(([name = '']) => (name in suites ? [] : [name]))
  if (strange.length > 0)
    throw new StepFailed(
      `there is no suite called ${strange.join(', ')}`,
      `choose from ${Object.keys(suites).join(', ')}`,
    )
  const names = Object.keys(suites).filter((name) => pairs.length === 0 || pairs.some(([it]) => it === name))
  return new Map(names.map((name) => [name, pairs.flatMap(([it, word]) => (it === name && word ? [word] : []))]))
}

/** @param {readonly string[]} args */
async function test(args) {
  const chosen = choose(args)
  const e2e = chosen.has('e2e')
  const outside = e2e || chosen.has('unit') || chosen.has('integration')
  const tools = await setup({
    display: e2e || chosen.has('packaged'),
    keyring: e2e,
    servers: outside,
    programs: outside,
  })
  /** @type {Array<readonly [name: string, tally: Tally, seconds: number]>} */
  const tallies = []
  for (const [name, only] of chosen) {
    say(`\ntest   ${name}`)
    const began = performance.now()
    const tally = (await suites[name]?.(tools, only)) ?? crashed
    tallies.push([name, tally, (performance.now() - began) / 1000])
  }
  say('')
  for (const [name, { slowest = [] }] of tallies)
    for (const { file, seconds } of slowest) say(`slow   ${name.padEnd(13)} ${seconds.toFixed(0)} s  ${file}`)
  for (const [name, { failures = [] }] of tallies)
    for (const failure of failures) say(`failed ${name.padEnd(13)} ${failure}`)
  for (const [name, { passed, failed, skipped }, seconds] of tallies) {
    const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    say(`test   ${name.padEnd(13)} ${counts} (${seconds.toFixed(0)} s)`)
  }
  const { passed, failed } = sum(tallies.map(([, tally]) => tally))
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

test(process.argv.slice(2)).then((code) => process.exit(code), quit)
