import { expect, test } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import { events } from '#protocol/events.ts'
import { type RebuildDeps, rebuild } from './rebuild.ts'
import { createRebuilds } from './rebuilds.ts'

const shadow = { collection: events, epoch: 2, projected: 0 }

/** A log of nothing, whose store fails so at first. */
const over = (failures: string[]) => {
  const served: string[] = []
  const transaction = {
    head: async () => ({ size: 0 }),
    collections: async () => [],
    entries: { byIndex: async () => [] },
    rows: { get: async () => new Map() },
    putRows: async () => undefined,
    putCollection: async () => undefined,
  }
  const writer: RebuildDeps['writer'] = {
    run: async (work, after) => {
      const failure = failures.shift()
      if (failure) throw new LibralError(failure as 'storage.unavailable')
      const value = await work(transaction as never)
      after?.(value)
      return value
    },
    idle: async () => undefined,
  }
  const deps = {
    ...{ writer, storage: { engine: 'postgres' }, registry: { lift: () => undefined } },
    served: { epochOf: () => 1, swap: (name: string, epoch: number) => served.push(`${name} ${epoch}`) },
    swapped: () => undefined,
  } as unknown as Omit<RebuildDeps, 'stopped'>
  return { deps, served }
}

test('a rebuild outlives a store that is away for longer than the writer waits, unless it is stopped', async () => {
  const { deps, served } = over(['storage.unavailable', 'storage.unavailable'])
  expect(await rebuild(shadow, { ...deps, stopped: () => false })).toBe(true)
  expect(served).toEqual(['events 2'])
  const failures = ['storage.unavailable', 'storage.unavailable']
  const stopped = over(failures)
  expect(await rebuild(shadow, { ...stopped.deps, stopped: () => failures.length < 2 })).toBe(false)
})

test('who waits for a rebuild that fails is told that nothing fills it, and not of the failure', async () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const rebuilds = createRebuilds({ ...over(['storage.full']).deps, log })
  const running = rebuilds.run(shadow)
  const settled = rebuilds.settled(events.name)
  await expect(running).rejects.toMatchObject({ code: 'storage.full' })
  expect(await settled).toBe(false)
  expect(await rebuilds.settled(events.name)).toBe(false)
})
