import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDisplay } from './setup/display.mjs'
import { electronDist } from './setup/electron.mjs'
import { readJson } from './setup/files.mjs'
import { inCache, inRoot, root } from './setup/paths.mjs'
import { run } from './setup/run.mjs'
import { electronEnv, prepareStage } from './setup/stage.mjs'
import { crashed, tallyPlaywright, tallyVitest } from './tally.mjs'

/** @typedef {import('./tally.mjs').Tally} Tally */

/** Above the longest suite by far: a hanging one ends as a failure, not as a lost build. */
const limitMs = 40 * 60_000

/**
 * Runs projects of vitest.config.ts.
 * @param {string} node a Node ≥ 24
 * @param {readonly string[]} projects
 * @param {readonly string[]} only words of which a file's path must hold one; none: all files
 * @param {{ env?: NodeJS.ProcessEnv, more?: readonly string[] }} [options] an environment beyond ours, arguments for Vitest
 * @returns {Promise<Tally>}
 */
export async function runVitest(node, projects, only, { env = {}, more = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'libral-vitest-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const args = ['run', ...only, ...projects.flatMap((name) => ['--project', name]), ...reporters, ...more]
  const { code } = await run(node, [inRoot('node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    // Tests start hundreds of programs from their sources, and half of what each takes is taking the types out of them.
    env: { ...process.env, NODE_COMPILE_CACHE: inCache('compiled'), ...env },
    timeoutMs: limitMs,
    show: true,
  })
  const tally = tallyVitest(readJson(report), code)
  rmSync(folder, { recursive: true, force: true })
  return tally
}

/** How many tests run Electron at a time: a test waits half of its time. */
const workers = availableParallelism() < 2 ? 1 : 2

/** @param {import('./setup/display.mjs').Account | undefined} account */
const startDisplays = (account) => Promise.all(Array.from({ length: workers }, () => startDisplay(account)))

/** @param {string} from */
function keepResults(from) {
  if (from === inRoot('test-results')) return
  rmSync(inRoot('test-results'), { recursive: true, force: true })
  if (existsSync(from)) cpSync(from, inRoot('test-results'), { recursive: true })
}

/**
 * Runs Playwright's tests in real Electron, on a display of their own and as an ordinary user.
 * @param {import('./setup.mjs').Tools} tools
 * @param {readonly string[]} only words of which a file's path must hold one; none: all files
 * @returns {Promise<Tally>}
 */
export async function runPlaywright(tools, only) {
  return playwright(tools, await prepareStage(tools.executable), only, {})
}

/**
 * Runs tests/e2e/packaged on the packaged app: the very folder that `npm run package -- dir` made.
 * @param {import('./setup.mjs').Tools} tools
 * @returns {Promise<Tally>}
 */
export async function runPackaged(tools) {
  const stage = await prepareStage(tools.executable)
  const packaged = unpackedApp()
  if (packaged === undefined) return crashed
  if (stage.account === undefined) return playwright(tools, stage, [], { LIBRAL_PACKAGED: packaged })
  const copy = join(stage.output, 'packaged')
  rmSync(copy, { recursive: true, force: true })
  cpSync(packaged, copy, { recursive: true })
  return playwright(tools, stage, [], { LIBRAL_PACKAGED: copy })
}

/** @returns {string | undefined} the folder of the packaged app that was made last */
function unpackedApp() {
  const folders = ['release', 'release/unofficial-dev'].map((it) => inRoot(it, 'linux-unpacked')).filter(existsSync)
  return folders.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
}

/**
 * @param {import('./setup.mjs').Tools} tools
 * @param {import('./setup/stage.mjs').Stage} stage
 * @param {readonly string[]} only as for {@link runPlaywright}
 * @param {NodeJS.ProcessEnv} env beyond the stage's
 * @returns {Promise<Tally>}
 */
async function playwright({ node, executable }, stage, only, env) {
  const results = join(stage.output, 'test-results')
  const report = join(stage.output, 'playwright.json')
  rmSync(results, { recursive: true, force: true })
  rmSync(report, { force: true })
  mkdirSync(stage.output, { recursive: true })
  // Keyboard, focus and clipboard belong to a screen: each worker has one of its own.
  const displays = process.platform === 'linux' ? await startDisplays(stage.account) : []
  try {
    // Playwright looks for a word in the whole path, the checkout's own name included.
    const files = only.map((word) => `tests/e2e/.*${word}`)
    const args = ['test', ...files, '--reporter=list,json', '--output', results]
    const { code } = await run(stage.at(node), [stage.at(inRoot('node_modules/@playwright/test/cli.js')), ...args], {
      ...stage.account,
      cwd: stage.cwd,
      env: {
        ...stage.env,
        ...displays[0]?.env,
        ...electronEnv(stage, executable),
        LIBRAL_WORKERS: String(workers),
        LIBRAL_DISPLAYS: JSON.stringify(displays.map((it) => it.env)),
        LIBRAL_BUILT: 'yes',
        LIBRAL_ELECTRON_OFFICIAL: String(electronDist().official),
        PLAYWRIGHT_JSON_OUTPUT_FILE: report,
        ...env,
      },
      timeoutMs: limitMs,
      show: true,
    })
    const found = readJson(report)
    return found === undefined ? crashed : tallyPlaywright(found, code)
  } finally {
    for (const display of displays) await display.stop()
    keepResults(results)
  }
}
