import { expect, test } from 'vitest'
import { crashed, sum, tallyPlaywright, tallyVitest } from './tally.mjs'

const vitest = { numPassedTests: 4, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] }

test('counts what Vitest and Playwright report', () => {
  expect(tallyVitest(vitest, 0)).toEqual({ passed: 4, failed: 0, skipped: 1, failures: [], slowest: [] })
  const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 2 }
  expect(tallyPlaywright({ stats }, 1)).toEqual({ passed: 3, failed: 2, skipped: 2, failures: [], slowest: [] })
})

test('a file that did not load is a failure, though no test of it ran', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  expect(tallyVitest({ ...vitest, testResults }, 1).failed).toBe(1)
})

test('a suite that ends badly without a failing test still counts as failed', () => {
  expect(tallyVitest(vitest, 1).failed).toBe(1)
  expect(tallyPlaywright({ stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 } }, -1).failed).toBe(1)
})

test.each([undefined, null, 'text', {}, { stats: { expected: '3' } }])(
  'an unreadable report %j is a crash',
  (report) => {
    expect(tallyVitest(report, 0)).toEqual(crashed)
    expect(tallyPlaywright(report, 0)).toEqual(crashed)
  },
)

test('sums suites', () => {
  expect(sum([crashed, { passed: 2, failed: 0, skipped: 3 }])).toEqual({ passed: 2, failed: 1, skipped: 3 })
  expect(sum([])).toEqual({ passed: 0, failed: 0, skipped: 0 })
})
