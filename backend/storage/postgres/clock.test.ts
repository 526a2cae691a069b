import { expect, test } from 'vitest'
import { followClock } from './clock.ts'

/** A database whose clock is `ahead` of ours, and whose answers take so long, all of it on the way back. */
const slow = (ahead: number, waits: readonly number[]) => {
  let now = 0
  let asked = 0
  const ask = async (): Promise<number> => {
    const theirs = Math.round(now + ahead)
    now += waits[asked++] ?? waits.at(-1) ?? 0
    return theirs
  }
  return { ask, now: () => now, asked: () => asked }
}
const learnt = async (ahead: number, waits: readonly number[]) => {
  const database = slow(ahead, waits)
  const clock = await followClock(undefined as never, database.ask, database.now)
  clock.stop()
  return { wrongBy: Math.abs(clock.now() - (database.now() + ahead)), asked: database.asked() }
}

test('a first answer that was slow is not taken as exact: it is asked again', async () => {
  expect(await learnt(5_000_000, [9_000, 9_000, 2])).toEqual({ wrongBy: expect.closeTo(1, 0), asked: 3 })
  expect(await learnt(5_000_000, [2])).toEqual({ wrongBy: expect.closeTo(1, 0), asked: 1 })
})

test('a database that is always slow is followed all the same, as well as its best answer allows', async () => {
  const { wrongBy, asked } = await learnt(-7_000, [9_000, 3_000, 600, 4_000, 8_000])
  expect(asked).toBe(5)
  expect(wrongBy).toBeLessThanOrEqual(302)
})
