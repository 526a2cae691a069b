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
  const budget = createBudget(memoryLimiters({ name: 'x', points: 120, seconds: 3_600 }), {
    points: 120,
    seconds: 3_600,
  })
  expect(await spent(budget, 'a', 200)).toBe(120)
  expect(await spent(budget, 'b', 10)).toBe(10)
})

test('shares the window with others who draw on it, and asks it once a pack', async () => {
  let asked = 0
  const hour = { points: 500, seconds: 3_600 }
  const window = memoryLimiters({ name: 'x', points: 500, seconds: 3_600 })
  const limiter = {
    ...window,
    get: (key: string) => window.get(key),
    consume: (key: string, points?: number) => {
      asked++
      return window.consume(key, points)
    },
  }
  const [one, other] = [createBudget(limiter, hour), createBudget(limiter, hour)]
  const [first, second] = await Promise.all([spent(one, 'a', 400), spent(other, 'a', 400)])
  expect(first + second).toBeGreaterThanOrEqual(490)
  expect(first + second).toBeLessThanOrEqual(500)
  expect(asked).toBeLessThan(60)
})

test('passes on what is no refusal', async () => {
  const broken = { consume: () => Promise.reject(new TypeError('x')), get: async () => null }
  const budget = createBudget(broken, { points: 10, seconds: 3_600 })
  await budget.spend('a')
  await expect(budget.spend('a')).rejects.toThrow(TypeError)
})

test('asks nobody about those who want little', async () => {
  let asked = 0
  const counting = {
    consume: () => {
      asked++
      return Promise.reject(new TypeError('x'))
    },
    get: async () => null,
  }
  const budget = createBudget(counting, { points: 5_000, seconds: 3_600 })
  for (let desktop = 0; desktop < 1_000; desktop++) await spent(budget, `desktop ${desktop}`, 5)
  expect(asked).toBe(0)
})

test('begins anew with each window', async () => {
  const window = { points: 2, seconds: 0.05 }
  const budget = createBudget(memoryLimiters({ name: 'x', ...window }), window)
  expect(await spent(budget, 'a', 2)).toBe(2)
  await expect
    .poll(async () => {
      await budget.spend('a')
      return 'again'
    })
    .toBe('again')
})
