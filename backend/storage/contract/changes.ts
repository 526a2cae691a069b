import { describe, expect, test } from 'vitest'
import type { Storage } from '../port.ts'
import { appendEntries, change, type Open } from './harness.ts'

/** Entry n causes n changes: 1, 2, 3 … */
const withChanges = async (storage: Storage, entries: number): Promise<void> => {
  await storage.write(async (writer) => {
    await appendEntries(writer, entries)
    for (let offset = 1; offset <= entries; offset++) {
      await writer.putChanges(Array.from({ length: offset }, (_, seq) => change(offset, seq)))
    }
  })
}

const places = async (storage: Storage, after: number, upTo: number, limit: number) =>
  (await storage.changes.after(after, upTo, limit)).map(({ offset, seq }) => `${offset}.${seq}`)

export const changeContract = (open: Open): void => {
  describe('changes', () => {
    test('only whole offsets are given out, in log order', async () => {
      const storage = await open()
      await withChanges(storage, 5)
      expect(await places(storage, 0, 99, 3)).toEqual(['1.0', '2.0', '2.1'])
      expect(await places(storage, 0, 99, 4)).toEqual(['1.0', '2.0', '2.1'])
      expect(await places(storage, 2, 3, 99)).toEqual(['3.0', '3.1', '3.2'])
      expect(await places(storage, 4, 99, 2), 'one entry larger than the limit').toHaveLength(5)
      expect(await places(storage, 5, 99, 9)).toEqual([])
    })

    test('a change carries its row; a deletion is null', async () => {
      const storage = await open()
      const gone = { ...change(1, 1, '消'), value: null }
      await storage.write((writer) => writer.putChanges([change(1, 0), gone]))
      expect(await storage.changes.after(0, 1, 9)).toEqual([change(1, 0), gone])
    })

    test('trimming moves the oldest cursor and drops what lies before it', async () => {
      const storage = await open()
      await withChanges(storage, 100)
      expect(await storage.changes.oldest()).toBe(0)
      await storage.trimChanges(97)
      expect(await storage.changes.oldest()).toBe(97)
      const left = await storage.changes.after(0, 999, 999)
      expect(left).toHaveLength(98 + 99 + 100)
      await storage.trimChanges(50)
      expect(await storage.changes.oldest()).toBe(97)
    })

    test('trimming never goes beyond the log', async () => {
      const storage = await open()
      await withChanges(storage, 3)
      await storage.trimChanges(1000)
      expect(await storage.changes.oldest()).toBe(3)
    })

    test('writes go on while much is trimmed', async () => {
      const storage = await open()
      await withChanges(storage, 120)
      let over = false
      const trimmed = storage.trimChanges(120).then(() => {
        over = true
      })
      let during = 0
      for (; !over; during++) await storage.write((writer) => appendEntries(writer, 1))
      await trimmed
      expect(during).toBeGreaterThan(1)
      expect(await storage.changes.after(0, 999, 999)).toEqual([])
    })
  })
}
