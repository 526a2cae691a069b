import { relative } from 'node:path'
import { root } from './setup/paths.mjs'

/**
 * Which files of a suite took longest, from the reports of the test runners: where to look when a suite gets slow.
 */

/** @typedef {{ file: string, seconds: number }} FileTime */

const shown = 5

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) => (typeof value === 'object' && value !== null ? /** @type {any} */ (value) : {})

/** @param {unknown} value @returns {readonly unknown[]} */
const list = (value) => (Array.isArray(value) ? value : [])

/** @param {readonly FileTime[]} times one line a file @returns {FileTime[]} those of at least a second */
const longest = (times) =>
  times
    .filter((it) => it.seconds >= 1)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, shown)

/**
 * @param {unknown} report of Vitest's JSON reporter; a file's time is that from its first test to the end of its last
 * @returns {FileTime[]} at most five, the slowest first
 */
export const vitestSlowest = (report) =>
  longest(
    list(record(report)['testResults']).map((result) => {
      const { name, startTime, endTime } = record(result)
      return { file: relative(root, String(name)), seconds: (Number(endTime) - Number(startTime)) / 1000 }
    }),
  )

/**
 * @param {unknown} report of Playwright's JSON reporter
 * @returns {FileTime[]} at most five, the slowest first
 */
export const playwrightSlowest = (report) =>
  longest(
    list(record(report)['suites']).map((suite) => ({ file: String(record(suite)['file']), seconds: secondsOf(suite) })),
  )

/** @param {unknown} suite @returns {number} what its tests took, one after another */
function secondsOf(suite) {
  const { suites, specs } = record(suite)
  const runs = list(specs)
    .flatMap((spec) => list(record(spec)['tests']))
    .flatMap((it) => list(record(it)['results']))
  const own = runs.reduce((/** @type {number} */ sum, run) => sum + Number(record(run)['duration']), 0) / 1000
  return list(suites).reduce((/** @type {number} */ sum, inner) => sum + secondsOf(inner), own)
}
