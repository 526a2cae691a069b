import { expect, test } from 'vitest'
import { together } from './together.ts'

test('one question for each turn, to each its own answer', async () => {
  const asked: (readonly number[])[] = []
  const double = together(async (numbers: readonly number[]) => {
    asked.push(numbers)
    return numbers.map((number) => number * 2)
  })
  expect(await Promise.all([double(1), double(2), double(3)])).toEqual([2, 4, 6])
  expect(await double(4)).toBe(8)
  expect(asked).toEqual([[1, 2, 3], [4]])
})

test('a failure is told to all who asked, and to nobody after them', async () => {
  let away = true
  const ask = together(async (names: readonly string[]) => {
    if (away) throw new Error('away')
    return names
  })
  expect((await Promise.allSettled([ask('a'), ask('b')])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  away = false
  expect(await ask('c')).toBe('c')
})
