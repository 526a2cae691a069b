import { expect, test } from 'vitest'
import { createBudget } from './budget.ts'
import { memoryLimiters } from './limiters.ts'

const spent = async (budget: ReturnType<typeof createBudget>, key: string, times: number): Promise<number> => {
  let count = 0
  for (let nth = 0; nth < times; nth++) {
    try {
      await budget.spend(key)
      count++
    } catch {
      // Refused.
    }
  }
  return count
}

test('gives out what the window holds, to each key its own', async () => {
  const budget = createBudget(memoryLimiters({ name: 'x', points: 120, seconds: 3_600 }), 120)
  expect(await spent(budget, 'a', 200)).toBe(120)
  expect(await spent(budget, 'b', 10)).toBe(10)
})

test('shares the window with others who draw on it, and asks it once a pack', async () => {
  let asked = 0
  const window = memoryLimiters({ name: 'x', points: 500, seconds: 3_600 })
  const limiter = {
    ...window,
    get: (key: string) => window.get(key),
    consume: (key: string, points?: number) => {
      asked++
      return window.consume(key, points)
    },
  }
  const [one, other] = [createBudget(limiter, 500), createBudget(limiter, 500)]
  const [first, second] = await Promise.all([spent(one, 'a', 400), spent(other, 'a', 400)])
  expect(first + second).toBeGreaterThanOrEqual(490)
  expect(first + second).toBeLessThanOrEqual(500)
  expect(asked).toBeLessThan(60)
})

test('passes on what is no refusal', async () => {
  const broken = { consume: () => Promise.reject(new TypeError('x')), get: async () => null }
  await expect(createBudget(broken, 10).spend('a')).rejects.toThrow(TypeError)
})
