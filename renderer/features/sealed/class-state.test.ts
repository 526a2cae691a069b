import { expect, test } from 'vitest'
import type { Coverage } from '#protocol/sealed.ts'
import { classState, lacking, paper } from './class-state.ts'

const holder = (custodian: string, keys: number, unusable: Coverage['custodians'][number]['unusable'] = null) =>
  ({ custodian, fingerprint: 'ab'.repeat(20), subjects: keys, keys, unusable }) as Coverage['custodians'][number]
const of = (custodians: Coverage['custodians'], keys = 3, lost = 0): Coverage => ({
  class: 'personal',
  subjects: keys,
  keys,
  lost,
  custodians,
})

test.each([
  ['closed', of([])],
  ['closed', of([holder('tanaka', 3)])],
  ['closed', of([holder('tanaka', 3), holder(paper, 3, 'unproved')])],
  ['closed', of([holder(paper, 3)])],
  ['ready', of([holder('tanaka', 3), holder(paper, 3)])],
  ['pending', of([holder('tanaka', 3), holder('sato', 1)])],
  ['skipping', of([holder('tanaka', 3), holder('sato', 3), holder('mori', 3, 'expired')])],
  ['lost', of([holder('tanaka', 1), holder('sato', 1)], 3, 2)],
] as const)('%s', (state, coverage) => {
  expect(classState(coverage)).toBe(state)
})

test('what a custodian lacks is never less than nothing', () => {
  expect(lacking({ keys: 3 }, holder('tanaka', 1))).toBe(2)
  expect(lacking({ keys: 3 }, holder('tanaka', 4))).toBe(0)
})
