import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createPoller } from './source.ts'

const every = { name: 's', everyMs: 1_000, timeOutMs: 500 }

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

describe('a source', () => {
  it('is read at its own pace and its reading grows old', async () => {
    let reads = 0
    const poller = createPoller({ ...every, everyMs: 5_000, read: async () => ++reads }, () => undefined)
    for (let now = 0; now < 10_000; now += 1_000) await poller.poll(now)
    expect(reads).toBe(2)
    expect(poller.latest(10_000)).toBe(2)
    expect(poller.latest(60_000)).toBeUndefined()
  })

  it('is absent once it fails, told of once, and back when it works again', async () => {
    let works = true
    const failures: string[] = []
    const read = async () => {
      if (!works) throw new Error('no')
      return 1
    }
    const poller = createPoller({ ...every, read }, (name) => failures.push(name))
    await poller.poll(0)
    expect(poller.latest(0)).toBe(1)
    works = false
    await poller.poll(1_000)
    await poller.poll(2_000)
    expect(poller.latest(2_000)).toBeUndefined()
    expect(failures).toEqual(['s'])
    works = true
    await poller.poll(3_000)
    expect(poller.latest(3_000)).toBe(1)
  })

  it('that hangs is given up and not asked again until it answers', async () => {
    let reads = 0
    const { promise, resolve } = Promise.withResolvers<number>()
    const read = () => {
      reads += 1
      return reads === 1 ? promise : Promise.resolve(2)
    }
    const poller = createPoller({ ...every, read }, () => undefined)
    const first = poller.poll(0)
    await vi.advanceTimersByTimeAsync(500)
    await first
    expect(poller.latest(500)).toBeUndefined()
    await poller.poll(1_000)
    expect(reads).toBe(1)
    resolve(1)
    await vi.advanceTimersByTimeAsync(0)
    await poller.poll(2_000)
    expect(poller.latest(2_000)).toBe(2)
  })

  it('is read at once when the clock was set back', async () => {
    let reads = 0
    const poller = createPoller({ ...every, read: async () => ++reads }, () => undefined)
    await poller.poll(7_200_000)
    await poller.poll(0)
    expect(reads).toBe(2)
  })
})
