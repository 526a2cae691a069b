import { expect, test } from 'vitest'
import { freshly } from './freshly.ts'

const slow = () => {
  const started: PromiseWithResolvers<number>[] = []
  const read = freshly(() => {
    const one = Promise.withResolvers<number>()
    started.push(one)
    return one.promise
  })
  return { started, read }
}

test('who asks while one is under way waits for the next, together with the others', async () => {
  const { started, read } = slow()
  const [first, second, third] = [read(), read(), read()]
  expect(started).toHaveLength(1)
  started[0]?.resolve(1)
  expect(await first).toBe(1)
  const late = read()
  await expect.poll(() => started.length).toBe(2)
  started[1]?.resolve(2)
  expect(await Promise.all([second, third, late])).toEqual([2, 2, 2])
})

test('a failure is of those who shared it alone', async () => {
  const { started, read } = slow()
  const [first, second] = [read(), read()]
  started[0]?.reject(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await expect.poll(() => started.length).toBe(2)
  started[1]?.resolve(2)
  expect(await second).toBe(2)
})
