import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sample } from '#protocol/telemetry.ts'
import type { TelemetryBucket, TelemetryStore } from '../../../storage/port.ts'
import { createHistory } from './history.ts'
import { plan, pointsBound } from './plan.ts'
import { createRing } from './ring.ts'
import { createRollUp } from './roll-up.ts'

const start = 1_800_000_000_000
const sample = (second: number, value = second): Sample => ({
  at: start + second * 1000,
  instance: 'a',
  values: { m: value },
})

const createStore = (): TelemetryStore & { readonly buckets: Map<string, TelemetryBucket>; broken: boolean } => {
  const buckets = new Map<string, TelemetryBucket>()
  const store = {
    broken: false,
    buckets,
    put: async (added: readonly TelemetryBucket[]) => {
      if (store.broken) throw new Error('full')
      for (const one of added) buckets.set(`${one.resolution} ${one.instance} ${one.at}`, one)
    },
    range: async (resolution: number, instance: string | null, from: number, to: number) =>
      [...buckets.values()]
        .filter((one) => one.resolution === resolution && one.instance === instance && one.at >= from && one.at < to)
        .sort((one, other) => one.at - other.at),
    sweep: async (resolution: number, before: number) => {
      const old = [...buckets].filter(([, one]) => one.resolution === resolution && one.at < before)
      for (const [id] of old) buckets.delete(id)
      return old.length
    },
  }
  return store
}
const seconds = (from: number, to: number) => ({ metrics: ['m'], from: start + from * 1000, to: start + to * 1000 })

describe('the ring', () => {
  it('forgets what is older than its length and knows what was never measured', () => {
    const ring = createRing(10)
    ring.put(100, { a: 1 })
    ring.put(101, { b: 2 })
    expect(ring.value('a', 100)).toBe(1)
    expect(ring.value('a', 101)).toBeNaN()
    ring.put(110, { b: 3 })
    expect(ring.value('a', 100)).toBeNaN()
    expect(ring.value('a', 110)).toBeNaN()
    expect(ring.value('b', 110)).toBe(3)
    expect(ring.since()).toBe(100)
  })
})

describe('roll-ups', () => {
  it('lose nothing of any series of samples', () => {
    const series = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -1000, max: 1000 })))
    fc.assert(
      fc.property(series, (steps) => {
        const rollUp = createRollUp(10, 'a')
        const closed: (TelemetryBucket | null)[] = []
        let second = 0
        for (const [gap, value] of steps) {
          second += gap
          closed.push(rollUp.add(sample(second, value)))
        }
        const buckets = [...closed, rollUp.current()].filter((bucket) => bucket !== null)
        const figures = buckets.flatMap(({ values }) => values)
        expect(figures.reduce((sum, [, , , , count]) => sum + count, 0)).toBe(steps.length)
        expect(figures.reduce((sum, [, , total]) => sum + total, 0)).toBe(
          steps.reduce((sum, [, value]) => sum + value, 0),
        )
        expect(new Set(buckets.map(({ at }) => at)).size).toBe(buckets.length)
        for (const [, min, sum, max, count] of figures) expect(min * count <= sum && sum <= max * count).toBe(true)
      }),
    )
  })
})

describe('the plan of a range', () => {
  const now = start
  const back = (ms: number) => plan({ from: now - ms, to: now }, now, 1)
  it('takes the finest that is kept with few enough points', () => {
    expect(back(900_000)).toMatchObject({ resolution: 1, step: 1, points: 900 })
    expect(back(3_600_000)).toMatchObject({ resolution: 10, step: 10, points: 360 })
    expect(back(86_400_000)).toMatchObject({ resolution: 300, step: 300, points: 288 })
    expect(back(30 * 86_400_000)).toMatchObject({ resolution: 300, step: 1_500 })
    expect(plan({ from: now - 7_200_000, to: now - 7_140_000 }, now, 1)).toMatchObject({ resolution: 10 })
  })

  it('never has too many points, and covers the range', () => {
    const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(time, time, (from, to) => {
        const { start: first, points, step } = plan({ from, to }, now, 1)
        expect(points).toBeLessThanOrEqual(pointsBound)
        expect(first).toBeLessThanOrEqual(from)
        if (to > from) expect(first + points * step * 1000).toBeGreaterThanOrEqual(to)
        else expect(points).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('history', () => {
  it('answers seconds, with null where none was sampled', async () => {
    const history = createHistory(createStore(), 'a')
    for (const second of [0, 1, 3]) history.add(sample(second))
    const range = await history.range(seconds(-1, 5), start + 4_000)
    expect(range.resolution).toBe(1)
    expect(range.at[0]).toBe(start - 1_000)
    expect(range.series[0]?.mean).toEqual([null, 0, 1, null, 3, null])
  })

  it('keeps minimum, mean and maximum in what it rolls up', async () => {
    const store = createStore()
    const history = createHistory(store, 'a')
    for (let second = 0; second < 25; second += 1) history.add(sample(second))
    await history.flush()
    const { resolution, series } = await history.range(seconds(0, 3_000), start + 25_000)
    expect(resolution).toBe(10)
    expect(series[0]?.min.slice(0, 4)).toEqual([0, 10, 20, null])
    expect(series[0]?.mean.slice(0, 4)).toEqual([4.5, 14.5, 22, null])
    expect(series[0]?.max.slice(0, 4)).toEqual([9, 19, 24, null])
  })

  it('shows a restart within ten seconds as the gap it was', async () => {
    const store = createStore()
    const first = createHistory(store, 'a')
    for (const second of [2, 3, 4]) first.add(sample(second, 1))
    await first.close()
    const second = createHistory(store, 'a')
    await second.restore(start + 8_000)
    for (const at of [8, 9, 10]) second.add(sample(at, 3))
    await second.flush()
    const { series } = await second.range(seconds(0, 12), start + 11_000)
    // Before the restart only the ten seconds' own mean is known: (3 × 1 + 2 × 3) / 5.
    expect(series[0]?.mean).toEqual([null, null, 1.8, 1.8, 1.8, null, null, null, 3, 3, 3, null])
    const coarse = await second.range(seconds(0, 3_000), start + 11_000)
    expect(coarse.series[0]?.mean.slice(0, 2)).toEqual([9 / 5, 3])
  })

  it('writes the coarse bucket as it grows, and takes it up again', async () => {
    const store = createStore()
    const first = createHistory(store, 'a')
    for (let second = 0; second < 21; second += 1) first.add(sample(second, 1))
    await first.flush()
    // No close: it was killed.
    const second = createHistory(store, 'a')
    await second.restore(start + 60_000)
    second.add(sample(60, 5))
    await second.close()
    const [bucket] = await store.range(300, 'a', 0, Number.MAX_SAFE_INTEGER)
    expect(bucket?.values[0]).toEqual(['m', 1, 26, 5, 22])
  })

  it('keeps what the store refuses, within bounds, and still answers', async () => {
    const store = createStore()
    const history = createHistory(store, 'a')
    store.broken = true
    for (let second = 0; second < 31; second += 1) history.add(sample(second, 1))
    await expect(history.flush()).rejects.toThrow()
    const { series } = await history.range(seconds(0, 3_000), start + 30_000)
    expect(series[0]?.mean.slice(0, 4)).toEqual([1, 1, 1, 1])
    store.broken = false
    await history.flush()
    expect((await store.range(10, 'a', 0, Number.MAX_SAFE_INTEGER)).length).toBe(3)
  })

  it('reads other instances from their roll-ups alone', async () => {
    const store = createStore()
    const other = createHistory(store, 'b')
    for (let second = 0; second < 20; second += 1) other.add({ ...sample(second, 7), instance: 'b' })
    await other.close()
    const range = await createHistory(store, 'a').range({ ...seconds(0, 30), instance: 'b' }, start + 30_000)
    expect(range).toMatchObject({ resolution: 10 })
    expect(range.series[0]?.mean).toEqual([7, 7, null])
  })

  it('sweeps each resolution after its time', async () => {
    const store = createStore()
    const history = createHistory(store, 'a')
    for (let second = 0; second < 20; second += 1) history.add(sample(second))
    await history.close()
    await history.sweep(start + 2 * 86_400_000)
    expect([...store.buckets.values()].map(({ resolution }) => resolution)).toEqual([300])
    await history.sweep(start + 31 * 86_400_000)
    expect(store.buckets.size).toBe(0)
  })
})
