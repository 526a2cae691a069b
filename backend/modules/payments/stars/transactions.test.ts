import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bot, StarTransaction } from './bot.ts'
import { createTransactions } from './transactions.ts'

const { signal } = new AbortController()
const dayMs = 86_400_000
const at = (second: number): StarTransaction => ({ id: `t${second}`, amount: 1, date: second })

/** Only what is asked here. */
const botOver = (all: readonly StarTransaction[], calls: number[]): Bot =>
  ({
    getStarTransactions: async (offset: number, limit: number) => {
      calls.push(limit)
      return all.slice(offset, offset + limit)
    },
  }) as unknown as Bot

test('finds everything since a time, whatever was before it and whatever comes later', async () => {
  const seconds = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(seconds, seconds, fc.integer({ min: 86_000, max: 96_500 }), async (before, after, from) => {
      const all = [...before].sort((one, other) => one - other).map(at)
      const transactions = createTransactions(() => botOver(all, []))
      const fromMs = from * 1_000
      const wanted = () => all.filter(({ date }) => date * 1_000 >= fromMs - dayMs)
      expect(await transactions.since(fromMs, signal)).toEqual(wanted())
      all.push(...[...after].sort((one, other) => one - other).map((second) => at(second + 5_000)))
      const looks = await Promise.all([transactions.since(fromMs, signal), transactions.since(fromMs, signal)])
      expect(looks).toEqual([wanted(), wanted()])
      expect(await transactions.since(0, signal)).toEqual(all)
    }),
    { numRuns: 50 },
  )
})

test('does not read a long history to find its end', async () => {
  const calls: number[] = []
  const all = Array.from({ length: 20_000 }, (_, second) => at(second))
  const transactions = createTransactions(() => botOver(all, calls))
  expect(await transactions.since(19_990_000 + dayMs, signal)).toHaveLength(10)
  expect(calls.length).toBeLessThan(40)
  calls.length = 0
  await transactions.since(19_990_000 + dayMs, signal)
  expect(calls).toEqual([100])
})

test('finds what was paid while our clock was hours ahead', async () => {
  const ordered = 1_763_000_000_000
  const paid = at(ordered / 1_000 - 9 * 3_600)
  expect(await createTransactions(() => botOver([paid], [])).since(ordered, signal)).toEqual([paid])
})
