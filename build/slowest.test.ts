import { expect, test } from 'vitest'
import { inRoot } from './setup/paths.mjs'
import { playwrightSlowest, vitestSlowest } from './slowest.mjs'

test('names the five files of Vitest that took longest, those below a second never', () => {
  const took = (name: string, ms: number) => ({ name, startTime: 5_000, endTime: 5_000 + ms })
  const testResults = [
    ['a', 900],
    ['b', 2_000],
    ['c', 9_000],
    ['d', 3_000],
    ['e', 4_000],
    ['f', 5_000],
    ['g', 6_000],
  ]
  const report = { testResults: testResults.map(([name, ms]) => took(inRoot(`${name}.test.ts`), Number(ms))) }
  expect(vitestSlowest(report).map((it) => [it.file[0], it.seconds])).toEqual([
    ['c', 9],
    ['g', 6],
    ['f', 5],
    ['e', 4],
    ['d', 3],
  ])
})

test('adds up what the tests of a Playwright file took, however deep', () => {
  const spec = (...ms: number[]) => ({ tests: [{ results: ms.map((duration) => ({ duration })) }] })
  const inner = { file: 'a.spec.ts', specs: [spec(500, 700)] }
  const suites = [
    { file: 'a.spec.ts', specs: [spec(1_000)], suites: [inner] },
    { file: 'b.spec.ts', specs: [spec(3_000)] },
  ]
  expect(playwrightSlowest({ suites })).toEqual([
    { file: 'b.spec.ts', seconds: 3 },
    { file: 'a.spec.ts', seconds: 2.2 },
  ])
})

test.each([undefined, null, 'text', {}, { testResults: [null], suites: [null] }])('reads %j as nothing', (report) => {
  expect(vitestSlowest(report)).toEqual([])
  expect(playwrightSlowest(report)).toEqual([])
})
