import { afterEach, describe, expect, it } from 'vitest'
import type { ModuleDefinition } from '#backend/kernel/module.ts'
import type { Storage } from '#backend/storage/port.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import { acknowledgeEvents, eventKey, events, recordEvents } from '#protocol/events.ts'
import { baseModules, type Deployment, newDeployment, note, type Opened } from './harness.ts'
import { projectedRows, servedRows, tableText } from './replay.ts'

let deployment: Deployment | undefined
afterEach(() => deployment?.remove())

const warning = { category: 'system', severity: 'warning', code: 'events.note', params: {}, detail: 'x' } as const

/** Some hundreds of entries, rows that were changed later among them. */
const fill = async ({ kernel, service, signIn }: Opened) => {
  const person = await signIn('tanaka', 'operator')
  await service('events', { command: recordEvents, params: { events: [warning, warning, warning] } })
  const { size } = await kernel.log.head()
  const keys = [0, 2].map((nth) => eventKey(size - 1, nth))
  await kernel.submit(person.sign(acknowledgeEvents, { keys, note: '見ました' }))
  await Promise.all(Array.from({ length: 700 }, (_, nth) => kernel.submit(note(person, `n${nth}`))))
  return person
}

/** The same module as a later build would have it. */
const raised = (version: number): readonly ModuleDefinition[] =>
  baseModules().map((module) => {
    const swap = <T extends { readonly into: { readonly name: string } }>(projection: T): T =>
      projection.into.name === events.name ? { ...projection, into: newer } : projection
    const newer = { ...(events as unknown as CollectionDefinition), version }
    return {
      ...module,
      collections: module.collections.map((collection) => (collection.name === events.name ? newer : collection)),
      projections: module.projections.map(swap),
      ...(module.noticeProjections && { noticeProjections: module.noticeProjections.map(swap) }),
    }
  })

const epochsOf = async (storage: Storage, wanted: string) =>
  (await storage.collections()).filter(({ name }) => name === wanted)

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('a projection', () => {
  it('rebuilt from nothing while commands flow equals the one that grew', async () => {
    deployment = newDeployment()
    const opened = await deployment.open()
    const { kernel, storage } = opened
    const person = await fill(opened)
    const before = tableText(await servedRows(storage, 'events'))
    const told: string[] = []
    kernel.onRebuilt((collection, epoch) => told.push(`${collection} ${epoch}`))
    const rebuilt = kernel.rebuild('events')
    const more = Array.from({ length: 200 }, (_, nth) => kernel.submit(note(person, `during ${nth}`)))
    await Promise.all([rebuilt, ...more])
    const after = tableText(await servedRows(storage, 'events'))
    expect(after.length).toBe(before.length + 200)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after).toEqual(tableText(await projectedRows(storage, baseModules(), 'events')))
    expect(told).toEqual(['events 2'])
    expect((await epochsOf(storage, 'events')).map(({ epoch }) => epoch)).toEqual([2])
    await expect(kernel.rebuild('nothing')).rejects.toMatchObject({ code: 'collection.unknown' })
    await kernel.drain()
  })

  it('of a new version is filled in the background; commands that need it are told to wait', async () => {
    deployment = newDeployment()
    const first = await deployment.open()
    const person = await fill(first)
    await first.kernel.drain()

    const second = await deployment.open({ modules: raised(2) })
    const acknowledge = person.sign(acknowledgeEvents, { keys: [eventKey(99_999, 0)], note: '' })
    await expect(second.kernel.submit(acknowledge)).rejects.toMatchObject({ code: 'module.busy' })
    await expect(second.kernel.history('events', null, 10)).rejects.toMatchObject({ code: 'module.busy' })
    await second.kernel.submit(note(person, 'flows on'))
    await until(async () => (await epochsOf(second.storage, 'events')).some(({ ready, epoch }) => ready && epoch === 2))
    await until(async () => (await epochsOf(second.storage, 'events')).length === 1)
    await expect(second.kernel.submit(acknowledge))
      .rejects.toMatchObject({ code: 'module.busy' })
      .catch(() => undefined)
    const served = tableText(await servedRows(second.storage, 'events'))
    expect(served).toEqual(tableText(await projectedRows(second.storage, raised(2), 'events')))
    expect((await second.kernel.history('events', null, 10)).rows).toHaveLength(10)
    await second.kernel.drain()
  })

  it('goes on where it was when the process dies in the middle, and begins anew for yet another version', async () => {
    deployment = newDeployment()
    const first = await deployment.open()
    await fill(first)
    await first.kernel.drain()
    const second = await deployment.open({ modules: raised(2) })
    // Stops between two slices, as a kill would leave it.
    await second.kernel.drain()
    const third = await deployment.open({ modules: raised(3) })
    await until(async () => (await epochsOf(third.storage, 'events')).some(({ ready }) => ready))
    const epochs = await epochsOf(third.storage, 'events')
    expect(epochs.find(({ ready }) => ready)).toMatchObject({ version: 3 })
    expect(epochs.find(({ ready }) => ready)?.epoch).toBeGreaterThan(1)
    await third.kernel.drain()
    // Back to an older build: the rows that it left are not taken for current ones.
    const fourth = await deployment.open({ modules: raised(1) })
    await until(async () =>
      (await epochsOf(fourth.storage, 'events')).some(({ ready, version }) => ready && version === 1),
    )
    const served = tableText(await servedRows(fourth.storage, 'events'))
    expect(served).toEqual(tableText(await projectedRows(fourth.storage, raised(1), 'events')))
    await fourth.kernel.drain()
  })
})
