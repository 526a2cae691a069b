import { expect, test } from 'vitest'
import { createReads } from './reads.ts'

test('reads are summed by who and what, and forgotten once handed out', () => {
  const reads = createReads()
  reads.count('sato', 'entries', 256)
  reads.count('sato', 'entries', 4)
  reads.count('sato', 'bundle', 1_000)
  reads.count('sato', 'bundle', 0)
  expect(reads.drain()).toEqual([
    { operator: 'sato', what: 'entries', count: 260 },
    { operator: 'sato', what: 'bundle', count: 1_000 },
  ])
  expect(reads.drain()).toEqual([])
})

test('however many read, what is handed out fits one entry and every read is counted', () => {
  const reads = createReads()
  for (let nth = 0; nth < 500; nth++) reads.count(`operator-${nth}`, nth % 2 === 0 ? 'entries' : 'bundle', 2)
  const handed = reads.drain()
  expect(handed.length).toBeLessThanOrEqual(100)
  expect(handed.reduce((sum, { count }) => sum + count, 0)).toBe(1_000)
  expect(
    handed
      .filter(({ operator }) => operator === '*')
      .map(({ what }) => what)
      .sort(),
  ).toEqual(['bundle', 'entries'])
})
