import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { launch } from './launch.mjs'
import { startDisplay } from './setup/display.mjs'
import { inCache } from './setup/paths.mjs'
import { quit, StepFailed, say } from './setup/report.mjs'
import { hasScreen } from './setup/screen.mjs'
import { prepareStage } from './setup/stage.mjs'
import { setup } from './setup.mjs'

const firstPaintLimitMs = 120_000

/** @param {string} written where the app left it @returns {string} where it may be looked at */
function keepScreenshot(written) {
  const kept = inCache('screenshots', 'first-page.png')
  if (!existsSync(written)) throw new StepFailed('the app left no screenshot', 'see what it printed above')
  mkdirSync(dirname(kept), { recursive: true })
  copyFileSync(written, kept)
  return kept
}

/**
 * The app runs already: its window is in front now, which is what a person wanted. A script wanted to see it start.
 * @param {boolean} scripted
 */
function leaveToRunning(scripted) {
  if (scripted)
    throw new StepFailed(
      'the app runs already with this profile, so nothing was started and no first paint was seen',
      'end the running one first, or give another profile: npm start -- --exit-after-first-paint --user-data-dir=DIR',
    )
  say('start  the app runs already with this profile: brought its window to the front')
  return 0
}

/**
 * The app runs elsewhere: a file that is named beside `--review` is meant as seen from here.
 * @param {readonly string[]} args
 */
const withPlaces = (args) => args.map((item, nth) => (args[nth - 1] === '--review' ? resolve(item) : item))

/** @param {readonly string[]} given what follows `npm start --` */
async function start(given) {
  const args = withPlaces(given)
  const headless = !hasScreen()
  const { executable } = await setup({ display: headless })
  const stage = await prepareStage(executable)
  const screenshot = join(stage.output, 'first-page.png')
  rmSync(screenshot, { force: true })
  const display = headless ? await startDisplay(stage.account) : undefined
  if (display) say(`start  no display here: running on a virtual one (Xvfb ${display.env['DISPLAY']})`)
  const app = launch({
    executable: stage.at(executable),
    args: [stage.cwd, ...stage.flags, ...(headless ? [`--screenshot=${screenshot}`] : []), ...args],
    stage,
    env: display?.env ?? {},
  })
  try {
    const beginning = await app.firstPaint(firstPaintLimitMs)
    if (beginning === 'already-running') return leaveToRunning(args.includes('--exit-after-first-paint'))
    const painted = beginning === 'painted'
    if (painted && headless) say(`start  first page: ${keepScreenshot(screenshot)}`)
    if (painted && !args.includes('--exit-after-first-paint')) say('start  running; Ctrl-C ends it')
    return await app.ended
  } finally {
    await app.stop()
    await display?.stop()
  }
}

start(process.argv.slice(2)).then((code) => process.exit(code), quit)
