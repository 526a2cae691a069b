import { playwrightFailures, vitestFailures } from './failures.mjs'
import { playwrightSlowest, vitestSlowest } from './slowest.mjs'

/**
 * How many tests of a suite passed and failed, a line for each that failed, and the files that took longest.
 * @typedef {{ passed: number, failed: number, skipped: number, failures?: readonly string[],
 *   slowest?: readonly import('./slowest.mjs').FileTime[] }} Tally
 */

/** @type {Tally} */
export const crashed = Object.freeze({ passed: 0, failed: 1, skipped: 0 })

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isRecord = (value) => typeof value === 'object' && value !== null

/** @param {Record<string, unknown>} report @param {string} key @returns {number} NaN when it is no count */
const count = (report, key) => (typeof report[key] === 'number' ? report[key] : Number.NaN)

/**
 * A report that can't be read, or a suite that failed without a failing test (it crashed, or a file did not even
 * load), counts as one failure: nothing that went wrong may look like nothing.
 * @param {Tally} tally
 * @param {number} exitCode
 * @returns {Tally}
 */
function honest(tally, exitCode) {
  if ([tally.passed, tally.failed, tally.skipped].some(Number.isNaN)) return crashed
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally
}

/**
 * @param {unknown} report of Vitest's JSON reporter
 * @param {number} exitCode
 * @returns {Tally}
 */
export function tallyVitest(report, exitCode) {
  if (!isRecord(report)) return crashed
  const unloaded = Array.isArray(report['testResults'])
    ? report['testResults'].filter((it) => it?.status === 'failed' && it?.assertionResults?.length === 0).length
    : 0
  const failed = count(report, 'numFailedTests') + unloaded
  const skipped = count(report, 'numPendingTests') + count(report, 'numTodoTests')
  return honest(
    {
      passed: count(report, 'numPassedTests'),
      failed,
      skipped,
      failures: vitestFailures(report),
      slowest: vitestSlowest(report),
    },
    exitCode,
  )
}

/**
 * @param {unknown} report of Playwright's JSON reporter; a test that passed only when repeated counts as failed
 * @param {number} exitCode
 * @returns {Tally}
 */
export function tallyPlaywright(report, exitCode) {
  const stats = isRecord(report) ? report['stats'] : undefined
  if (!isRecord(stats)) return crashed
  const failed = count(stats, 'unexpected') + count(stats, 'flaky')
  const [failures, slowest] = [playwrightFailures(report), playwrightSlowest(report)]
  const skipped = count(stats, 'skipped')
  return honest({ passed: count(stats, 'expected'), failed, skipped, failures, slowest }, exitCode)
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  const total = (/** @type {'passed' | 'failed' | 'skipped'} */ key) => tallies.reduce((n, it) => n + it[key], 0)
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') }
}
