import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Arrivals, createArrivals } from './arrivals.ts'

let arrivals: Arrivals
let idled = 0
let done: number[]
let entered: (() => void)[]
const open = (more: { readonly perTurn?: number; readonly inside?: number }): void => {
  arrivals = createArrivals({ perTurn: 100, inside: 100, idleMs: 250, mostMs: 3_000, ...more, idle: () => idled })
}
const come = (...names: readonly number[]): void => {
  for (const name of names) {
    arrivals.enter((leave) => {
      done.push(name)
      entered.push(leave)
    })
  }
}
const turns = async (count = 3): Promise<void> => {
  for (let nth = 0; nth < count; nth++) await nextTurn()
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  done = []
  entered = []
  idled = 0
})
afterEach(() => {
  arrivals.stop()
  vi.useRealTimers()
})

test('one alone is not held up; many are taken in order, a few each turn', async () => {
  open({ perTurn: 2 })
  come(0)
  expect(done).toEqual([0])
  come(1, 2, 3, 4, 5)
  expect(done).toEqual([0, 1])
  expect(arrivals.waiting()).toBe(4)
  await nextTurn()
  expect(done).toEqual([0, 1, 2, 3])
  come(6)
  expect(done).toEqual([0, 1, 2, 3])
  await turns()
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6])
  come(7)
  expect(done.at(-1)).toBe(7)
})

test('whoever was begun is in before others begin', async () => {
  open({ inside: 2 })
  come(0, 1, 2, 3)
  await turns()
  expect(done).toEqual([0, 1])
  entered[1]?.()
  entered[1]?.()
  await turns()
  expect(done).toEqual([0, 1, 2])
  entered[0]?.()
  entered[2]?.()
  await turns()
  expect(done).toEqual([0, 1, 2, 3])
})

test('a place is kept while this process is busy, and not for whoever says nothing while it idles', async () => {
  open({ inside: 1 })
  come(0, 1, 2)
  vi.advanceTimersByTime(2_000)
  await turns()
  expect(done).toEqual([0])
  idled = 250
  vi.advanceTimersByTime(50)
  await turns()
  expect(done).toEqual([0, 1])
  // However busy it is, not for ever.
  vi.advanceTimersByTime(3_000)
  await turns()
  expect(done).toEqual([0, 1, 2])
  // Too late to give anything back.
  entered[0]?.()
  expect(arrivals.waiting()).toBe(0)
})
