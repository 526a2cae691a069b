import { expect, test } from 'vitest'
import { patienceMs } from './client.ts'
import { pauseMs } from './link.ts'

/**
 * The goal is five seconds from the loss of a primary until everything passes by Redis again. What the sentinels take is
 * theirs (`down-after-milliseconds 1000` and a vote, some two seconds); this is what our own waits add in the worst case.
 */
const goalMs = 5_000
const sentinelsMs = 2_500

test('the waits of ours that follow a lost primary leave room in five seconds', () => {
  // A frozen server: the look that finds it begins just before, its answer is waited for, and a pause is made.
  const noticed = pauseMs.look + patienceMs.answer + pauseMs.first
  // From then on the sentinels are asked before each attempt, and beside one that hangs.
  const followed = pauseMs.look + pauseMs.most
  expect(Math.max(noticed, sentinelsMs) + followed).toBeLessThan(goalMs)
  // One sentinel that says nothing holds no answer up while the others agree, and is given up before the next look.
  expect(patienceMs.answer).toBeLessThanOrEqual(2 * pauseMs.look)
})
