import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { paced } from './paced.ts'

test('one alone is not held up; many are taken in order, a few each turn', async () => {
  const { enter, waiting } = paced(2)
  const done: number[] = []
  enter(() => done.push(0))
  expect(done).toEqual([0])
  for (let nth = 1; nth < 6; nth++) enter(() => done.push(nth))
  expect(done).toEqual([0, 1])
  expect(waiting()).toBe(4)
  await nextTurn()
  expect(done).toEqual([0, 1, 2, 3])
  enter(() => done.push(6))
  expect(done).toEqual([0, 1, 2, 3])
  await nextTurn()
  await nextTurn()
  await nextTurn()
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6])
  enter(() => done.push(7))
  expect(done.at(-1)).toBe(7)
})
