import { describe, expect, test } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import type { InboxPut } from '../port.ts'
import { appendEntries, change, entryAt, type Open, row, sizeOf } from './harness.ts'

const boom = new Error('boom')

export const writeContract = (open: Open, bounded: boolean): void => {
  describe('writes', () => {
    test('a write that throws leaves nothing', async () => {
      const storage = await open()
      const failing = storage.write(async (writer) => {
        await appendEntries(writer, 2)
        await writer.putRows([row('a', 1)])
        await writer.putChanges([change(1, 0)])
        await writer.putOutbox([{ id: '0-0', module: 'hub', effect: 'x', payload: null, dueAt: 0 }])
        await writer.putNodes([{ level: 8, index: 0, hash: entryAt(0).leaf }])
        await writer.putCollection({ name: 'events', version: 1, epoch: 1, projected: 0, ready: true })
        throw boom
      })
      await expect(failing).rejects.toBe(boom)
      expect(await sizeOf(storage)).toBe(0)
      expect(await storage.entries.byIndex(0, 9)).toEqual([])
      expect(await storage.rows.count('events', 1)).toBe(0)
      expect(await storage.changes.after(0, 9, 9)).toEqual([])
      expect(await storage.outbox.depth()).toBe(0)
      expect(await storage.entries.nodes(8, 0, 9)).toEqual([])
      expect(await storage.collections()).toEqual([])
      await storage.write((writer) => appendEntries(writer, 1))
      expect(await sizeOf(storage)).toBe(1)
    })

    test('writes queue in the order in which they were asked for', async () => {
      const storage = await open()
      const order: number[] = []
      const write = (n: number) =>
        storage.write(async (writer) => {
          const before = await writer.head()
          await new Promise((resolve) => setTimeout(resolve, 5 - n))
          order.push(n)
          expect(before.size).toBe(n)
          await appendEntries(writer, 1)
        })
      await Promise.all([0, 1, 2, 3, 4].map(write))
      expect(order).toEqual([0, 1, 2, 3, 4])
      expect(await sizeOf(storage)).toBe(5)
    })

    test('a failed write does not stop the ones behind it', async () => {
      const storage = await open()
      const failing = storage.write(() => Promise.reject(boom))
      const following = storage.write((writer) => appendEntries(writer, 1))
      await expect(failing).rejects.toBe(boom)
      await following
      expect(await sizeOf(storage)).toBe(1)
    })

    test('a reader sees the old state during a write, the writer its own', async () => {
      const storage = await open()
      await storage.write((writer) => appendEntries(writer, 1))
      await storage.write(async (writer) => {
        await appendEntries(writer, 2)
        await writer.putRows([row('a', 'new')])
        expect((await writer.head()).size).toBe(3)
        expect(await writer.rows.count('events', 1)).toBe(1)
        expect(await sizeOf(storage)).toBe(1)
        expect(await storage.rows.count('events', 1)).toBe(0)
      })
      expect(await sizeOf(storage)).toBe(3)
    })

    test('other stores stay out of a write under way', async () => {
      const storage = await open()
      let put: Promise<readonly InboxPut[]> | undefined
      const failing = storage.write(async (writer) => {
        await appendEntries(writer, 1)
        const item = { id: 'a', source: 'telegram', receivedAt: 1, body: new Uint8Array(3), headers: {} }
        put = storage.inbox.put([item], 10)
        await new Promise((resolve) => setTimeout(resolve, 10))
        throw boom
      })
      await expect(failing).rejects.toBe(boom)
      expect(await put).toEqual(['kept'])
      expect(await storage.inbox.depth()).toBe(1)
      expect(await sizeOf(storage)).toBe(0)
    })

    test('what was written is there after opening again', async () => {
      const store = crypto.randomUUID()
      const first = await open(store)
      await first.write(async (writer) => {
        await appendEntries(writer, 3)
        await writer.putRows([row('a', { deep: ['値', null, 1.5, true] })])
      })
      await first.close()
      const again = await open(store)
      expect(await sizeOf(again)).toBe(3)
      expect(await again.rows.page('events', 1, null, 9)).toEqual([
        { key: 'a', value: { deep: ['値', null, 1.5, true] } },
      ])
    })

    test.skipIf(!bounded)(
      'a store without room refuses with nothing kept, and goes on once there is room',
      async () => {
        const store = crypto.randomUUID()
        const tight = await open(store, { roomBytes: 2 * 1024 * 1024 })
        const failure = await fillUp(() => tight.write((writer) => appendEntries(writer, 16, 16_000)))
        expect(failure.code).toBe('storage.full')
        const size = await sizeOf(tight)
        expect(size % 16).toBe(0)
        expect(await tight.entries.byIndex(size, size + 16)).toEqual([])
        await tight.close()
        const roomy = await open(store)
        expect(await sizeOf(roomy)).toBe(size)
        await roomy.write((writer) => appendEntries(writer, 16, 16_000))
        expect(await sizeOf(roomy)).toBe(size + 16)
        expect((await roomy.entries.byIndex(size - 1, size + 1)).length).toBe(2)
      },
    )
  })
}

const fillUp = async (write: () => Promise<unknown>): Promise<LibralError> => {
  for (let n = 0; n < 1000; n++) {
    try {
      await write()
    } catch (thrown) {
      if (thrown instanceof LibralError) return thrown
      throw thrown
    }
  }
  throw new Error('the store never got full')
}
