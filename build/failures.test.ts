import { expect, test } from 'vitest'
import { playwrightFailures, vitestFailures } from './failures.mjs'

const red = (text: string): string => `\u001B[31m${text}\u001B[39m`

test('names what failed in Vitest, a file that did not load too', () => {
  const assertionResults = [
    { status: 'passed', fullName: 'counts', failureMessages: [] },
    {
      status: 'failed',
      fullName: 'sums',
      failureMessages: [`${red('AssertionError')}: 1 is not 2\n    at sum.test.ts`],
    },
  ]
  const testResults = [
    { name: 'sum.test.ts', status: 'failed', assertionResults },
    { name: 'cut.test.ts', status: 'failed', message: 'no such module\nat …', assertionResults: [] },
  ]
  expect(vitestFailures({ testResults })).toEqual([
    'sum.test.ts › sums › AssertionError: 1 is not 2',
    'cut.test.ts › no such module',
  ])
})

test('names what failed in Playwright, however deep', () => {
  const spec = { ok: false, file: 'a.spec.ts', title: 'opens', tests: [{ results: [{ error: { message: 'late' } }] }] }
  const report = {
    errors: [{ message: 'no display' }],
    suites: [{ suites: [{ specs: [spec, { ...spec, ok: true }] }] }],
  }
  expect(playwrightFailures(report)).toEqual(['no display', 'a.spec.ts › opens › late'])
})

test.each([undefined, null, 'text', {}, { testResults: [null], suites: [null] }])('reads %j as nothing', (report) => {
  expect(vitestFailures(report)).toEqual([])
  expect(playwrightFailures(report)).toEqual([])
})
