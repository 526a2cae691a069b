import { describe, expect, test } from 'vitest'
import { appendEntries, bytesOf, entryAt, idAt, type Open, sizeOf } from './harness.ts'

export const logContract = (open: Open): void => {
  describe('log', () => {
    test('a new store has an empty log', async () => {
      const storage = await open()
      expect(await storage.head()).toEqual({ size: 0, frontier: [], epoch: 1, collections: 0 })
      expect(await storage.entries.byIndex(0, 10)).toEqual([])
    })

    test('entries come back byte for byte, by index and in order', async () => {
      const storage = await open()
      await storage.write((writer) => appendEntries(writer, 700, 1000))
      const range = await storage.entries.byIndex(255, 258)
      expect(range).toEqual([entryAt(255, 1000), entryAt(256, 1000), entryAt(257, 1000)])
      expect(await storage.entries.byIndex(699, 800)).toEqual([entryAt(699, 1000)])
      const bytes = range.reduce((sum, entry) => sum + entry.bytes.byteLength, 0)
      expect(await storage.entries.bytesIn(255, 258)).toBe(bytes)
      expect(await storage.entries.bytesIn(700, 9999)).toBe(0)
      expect(await storage.entries.leaves(698, 9999)).toEqual([entryAt(698).leaf, entryAt(699).leaf])
    })

    test('an entry of any length is kept, the empty one and the largest too', async () => {
      const storage = await open()
      const entries = [0, 1, 32 * 1024].map((length, index) => entryAt(index, length))
      await storage.write((writer) => writer.append(entries))
      expect(await storage.entries.byIndex(0, 3)).toEqual(entries)
    })

    test('ids are looked up many at once; unknown ones are absent', async () => {
      const storage = await open()
      await storage.write((writer) => appendEntries(writer, 600))
      const asked = Array.from({ length: 602 }, (_, n) => idAt(n))
      const found = await storage.entries.byIds(asked)
      expect(found.size).toBe(600)
      const { index, digest, at } = entryAt(599)
      expect(found.get(idAt(599))).toEqual({ index, digest, at })
      expect(found.has(idAt(600))).toBe(false)
      expect(await storage.entries.byIds([])).toEqual(new Map())
    })

    test('an id or an index is never written twice', async () => {
      const storage = await open()
      await storage.write((writer) => appendEntries(writer, 3))
      const again = { ...entryAt(3), id: idAt(1) }
      await expect(storage.write((writer) => writer.append([again]))).rejects.toThrow()
      await expect(storage.write((writer) => writer.append([entryAt(2)]))).rejects.toThrow()
      expect(await sizeOf(storage)).toBe(3)
    })

    test('the head keeps size, frontier and epoch', async () => {
      const storage = await open()
      const head = { size: 5, frontier: [bytesOf(32, 1), bytesOf(32, 2)], epoch: 7 }
      await storage.write((writer) => writer.setHead(head))
      expect(await storage.head()).toEqual({ ...head, collections: 0 })
    })

    test('hashes of subtrees are kept by level', async () => {
      const storage = await open()
      const nodes = [8, 16].flatMap((level) =>
        Array.from({ length: 300 }, (_, index) => ({ level, index, hash: bytesOf(32, level + index) })),
      )
      await storage.write((writer) => writer.putNodes(nodes))
      expect(await storage.entries.nodes(16, 1, 3)).toEqual([bytesOf(32, 17), bytesOf(32, 18)])
      expect(await storage.entries.nodes(8, 299, 400)).toEqual([bytesOf(32, 307)])
      expect(await storage.entries.nodes(24, 0, 1)).toEqual([])
    })
  })
}
