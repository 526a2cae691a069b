import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '#protocol/command.ts'
import type { Storage, StoredRow } from '../port.ts'
import { entryAt, type Open } from './harness.ts'

/** One group commit of a random run. */
interface Batch {
  readonly entries: number
  readonly rows: readonly { readonly key: string; readonly epoch: number; readonly value: Json }[]
  readonly fails: boolean
  readonly after: 'nothing' | 'reopen' | 'trim' | 'drop'
}

/** Few keys, so that runs meet the same row again and again. */
const key = fc.constantFrom('a', 'b', 'B', 'é', '決', '𠮷', 'a\u0001', 'ab')
const rowArbitrary = fc.record({
  key,
  epoch: fc.constantFrom(1, 2),
  value: fc.oneof(fc.constant(null), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>),
})
const batchArbitrary: fc.Arbitrary<Batch> = fc.record({
  entries: fc.integer({ min: 1, max: 20 }),
  rows: fc.array(rowArbitrary, { maxLength: 30 }),
  fails: fc.boolean(),
  after: fc.constantFrom('nothing', 'nothing', 'nothing', 'reopen', 'trim', 'drop'),
})

/** What the store should hold. */
interface Model {
  size: number
  trimmed: number
  changes: { readonly offset: number; readonly key: string; readonly value: Json }[]
  readonly rows: Map<string, Map<string, Json>>
}

export const modelContract = (open: Open): void => {
  describe('random runs', () => {
    test('the store holds what a plain model holds', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(batchArbitrary, { minLength: 1, maxLength: 12 }), async (batches) => {
          const store = crypto.randomUUID()
          const model: Model = { size: 0, trimmed: 0, changes: [], rows: new Map() }
          let storage = await open(store)
          for (const batch of batches) {
            await commit(storage, model, batch)
            storage = await afterwards(storage, model, batch, () => open(store))
            await compare(storage, model)
          }
          await storage.close()
        }),
        { numRuns: 60 },
      )
    })
  })
}

const stop = new Error('the run wants this batch undone')

const commit = async (storage: Storage, model: Model, batch: Batch): Promise<void> => {
  const next = model.size + batch.entries
  // Deep values go through JSON as they would on the way from a desktop: -0 is 0.
  const rows = batch.rows.map((row) => ({ ...row, value: JSON.parse(JSON.stringify(row.value)) as Json }))
  const changes = rows.map(({ key, value }, seq) => ({ offset: next, seq, collection: 'events', key, value }))
  const written = storage.write(async (writer) => {
    const head = await writer.head()
    await writer.append(Array.from({ length: batch.entries }, (_, n) => entryAt(head.size + n)))
    await writer.putRows(rows.map((row) => ({ ...row, collection: 'events' })))
    await writer.putChanges(changes)
    await writer.setHead({ ...head, size: next })
    if (batch.fails) throw stop
  })
  if (batch.fails) return expect(written).rejects.toBe(stop)
  await written
  model.size = next
  model.changes.push(...changes.map(({ offset, key, value }) => ({ offset, key, value })))
  for (const { key, epoch, value } of rows) {
    const ofEpoch = model.rows.get(String(epoch)) ?? new Map<string, Json>()
    model.rows.set(String(epoch), ofEpoch)
    if (value === null) ofEpoch.delete(key)
    else ofEpoch.set(key, value)
  }
}

const afterwards = async (storage: Storage, model: Model, batch: Batch, reopen: () => Promise<Storage>) => {
  if (batch.after === 'trim') {
    model.trimmed = Math.max(model.trimmed, model.size - batch.entries)
    model.changes = model.changes.filter(({ offset }) => offset > model.trimmed)
    await storage.trimChanges(model.size - batch.entries)
  }
  if (batch.after === 'drop') {
    model.rows.delete('2')
    await storage.dropEpoch('events', 2)
  }
  if (batch.after !== 'reopen') return storage
  await storage.close()
  return reopen()
}

const compare = async (storage: Storage, model: Model): Promise<void> => {
  expect((await storage.head()).size).toBe(model.size)
  const indexes = (await storage.entries.byIndex(0, model.size + 5)).map(({ index }) => index)
  expect(indexes).toEqual(Array.from({ length: model.size }, (_, n) => n))
  expect(await storage.changes.oldest()).toBe(model.trimmed)
  const changes = await storage.changes.after(0, model.size, 10_000)
  expect(changes.map(({ offset, key, value }) => ({ offset, key, value }))).toEqual(model.changes)
  for (const epoch of [1, 2]) {
    expect(await storage.rows.page('events', epoch, null, 999)).toEqual(sorted(model.rows.get(String(epoch))))
  }
}

const sorted = (rows: ReadonlyMap<string, Json> = new Map()): readonly StoredRow[] =>
  [...rows]
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
