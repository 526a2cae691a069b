import { expect, test } from 'vitest'
import { inBatches, together } from './together.ts'

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

test('batches go one at a time, bounded, and fail by themselves', async () => {
  const batches: (readonly number[])[] = []
  let under = 0
  const ask = inBatches({ most: 3 }, async (numbers: readonly number[]) => {
    expect(++under).toBe(1)
    batches.push(numbers)
    await new Promise((resolve) => setImmediate(resolve))
    under--
    if (numbers.includes(4)) throw new Error('four')
    return numbers.map((number) => -number)
  })
  const settled = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(ask))
  expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([
    -1,
    -2,
    -3,
    'failed',
    'failed',
    'failed',
    -7,
  ])
  expect(await ask(8)).toBe(-8)
})
