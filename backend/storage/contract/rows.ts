import { describe, expect, test } from 'vitest'
import { rowId } from '../port.ts'
import { type Open, row } from './harness.ts'

/** In the order of their UTF-8 bytes, which is neither UTF-16's (𠮷 before ～) nor any language's. */
const inByteOrder = ['', '!', '0', '10', '2', 'A', 'B', '_', 'a', 'aa', 'b', 'z', 'é', 'あ', 'ア', '決済', '～', '𠮷']

export const rowContract = (open: Open): void => {
  describe('rows', () => {
    test('the later item for a row wins, within a batch and across batches', async () => {
      const storage = await open()
      await storage.write((writer) =>
        writer.putRows([row('a', 1), row('b', 1), row('a', 2), row('b', null), row('c', null), row('c', 3)]),
      )
      expect(await storage.rows.page('events', 1, null, 9)).toEqual([
        { key: 'a', value: 2 },
        { key: 'c', value: 3 },
      ])
      await storage.write((writer) => writer.putRows([row('a', null), row('b', 'back'), row('nowhere', null)]))
      expect(await storage.rows.page('events', 1, null, 9)).toEqual([
        { key: 'b', value: 'back' },
        { key: 'c', value: 3 },
      ])
    })

    test('collections and epochs are apart', async () => {
      const storage = await open()
      await storage.write((writer) =>
        writer.putRows([row('a', 1), row('a', 2, 'events', 2), row('a', 3, 'alerts'), row('b', 4, 'hub.modules')]),
      )
      const refs = [
        { collection: 'events', epoch: 2, key: 'a' },
        { collection: 'alerts', epoch: 1, key: 'a' },
        { collection: 'alerts', epoch: 1, key: 'b' },
      ]
      const found = await storage.rows.get(refs)
      expect(found).toEqual(
        new Map([
          [rowId('events', 'a'), 2],
          [rowId('alerts', 'a'), 3],
        ]),
      )
      await storage.write((writer) => writer.putRows([row('a', null, 'events', 2)]))
      expect(await storage.rows.count('events', 1)).toBe(1)
      expect(await storage.rows.count('events', 2)).toBe(0)
    })

    test('many rows are found at once', async () => {
      const storage = await open()
      const all = Array.from({ length: 1500 }, (_, n) => row(`k${n}`, n))
      await storage.write((writer) => writer.putRows(all))
      const found = await storage.rows.get([...all, row('absent', 0)])
      expect(found.size).toBe(1500)
      expect(found.get(rowId('events', 'k1499'))).toBe(1499)
    })

    test('keys sort by their bytes', async () => {
      const storage = await open()
      await storage.write((writer) => writer.putRows(inByteOrder.toReversed().map((key) => row(key, key))))
      const forth = await storage.rows.page('events', 1, null, 99)
      expect(forth.map(({ key }) => key)).toEqual(inByteOrder)
      const back = await storage.rows.pageBack('events', 1, 'あ', 3)
      expect(back.map(({ key }) => key)).toEqual(['é', 'z', 'b'])
      const after = await storage.rows.page('events', 1, 'あ', 3)
      expect(after.map(({ key }) => key)).toEqual(['ア', '決済', '～'])
    })

    test('pages of 1,000 rows cover a collection once, in both directions', async () => {
      const storage = await open()
      const keys = Array.from({ length: 2500 }, (_, n) => String(n).padStart(6, '0'))
      await storage.write((writer) => writer.putRows(keys.map((key) => row(key, { key }))))
      const forth: string[] = []
      for (let after: string | null = null, more = true; more; ) {
        const page: readonly { readonly key: string }[] = await storage.rows.page('events', 1, after, 1000)
        forth.push(...page.map(({ key }) => key))
        after = page.at(-1)?.key ?? after
        more = page.length === 1000
      }
      expect(forth).toEqual(keys)
      const newest = await storage.rows.pageBack('events', 1, null, 1000)
      expect(newest.map(({ key }) => key)).toEqual(keys.slice(1500).toReversed())
      expect(await storage.rows.count('events', 1)).toBe(2500)
      expect(await storage.rows.count('events', 1, 1000)).toBe(1000)
    })

    test('dropping an epoch leaves the others', async () => {
      const storage = await open()
      const keys = Array.from({ length: 5000 }, (_, n) => `k${n}`)
      await storage.write(async (writer) => {
        for (const epoch of [1, 2]) {
          await writer.putRows(keys.map((key) => row(key, epoch, 'events', epoch)))
          await writer.putCollection({ name: 'events', version: epoch, epoch, projected: 9, ready: true })
        }
      })
      await storage.dropEpoch('events', 1)
      expect(await storage.rows.count('events', 1)).toBe(0)
      expect(await storage.rows.count('events', 2)).toBe(5000)
      const left = { name: 'events', version: 2, epoch: 2, projected: 9, ready: true }
      expect(await storage.collections()).toEqual([left])
    })

    test('a collection is written anew by name and epoch', async () => {
      const storage = await open()
      const shadow = { name: 'events', version: 2, epoch: 2, projected: 10, ready: false }
      await storage.write(async (writer) => {
        await writer.putCollection({ name: 'events', version: 1, epoch: 1, projected: 50, ready: true })
        await writer.putCollection(shadow)
        await writer.putCollection({ ...shadow, projected: 50, ready: true })
      })
      expect((await storage.head()).collections, 'told at the head').toBe(3)
      expect((await storage.collections()).map(({ epoch, projected, ready }) => [epoch, projected, ready])).toEqual([
        [1, 50, true],
        [2, 50, true],
      ])
    })
  })
}
