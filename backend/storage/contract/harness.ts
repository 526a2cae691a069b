import { randomUUID } from 'node:crypto'
import { afterEach } from 'vitest'
import type { CommandId } from '#protocol/ids.ts'
import type { Head, Storage, StoredChange, StoredEntry, StoredRowChange, Writer } from '../port.ts'

/** An engine under test. */
export interface EngineUnderTest {
  readonly name: string
  /** false where this machine can't bound how large a store may grow. */
  readonly bounded?: boolean
  /** Opens the store of that name; the first time it is empty. `roomBytes` bounds how large it may grow. */
  open(store: string, options?: { readonly roomBytes?: number }): Promise<Storage>
}

/** Opens stores and closes them after each test. */
export const openingWith = (engine: EngineUnderTest) => {
  const open: Storage[] = []
  afterEach(async () => {
    for (const storage of open.splice(0)) await storage.close()
  })
  return async (store: string = randomUUID(), options: { readonly roomBytes?: number } = {}): Promise<Storage> => {
    const storage = await engine.open(store, options)
    open.push(storage)
    return storage
  }
}
export type Open = ReturnType<typeof openingWith>

export const bytesOf = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, n) => (seed * 31 + n * 7) % 256)

export const idAt = (index: number): CommandId =>
  `01990000-0000-7000-8000-${index.toString(16).padStart(12, '0')}` as CommandId

export const entryAt = (index: number, bytes = 40): StoredEntry => ({
  index,
  id: idAt(index),
  digest: bytesOf(32, index + 1),
  at: 1_790_000_000_000 + index,
  bytes: bytesOf(bytes, index + 2),
  leaf: bytesOf(32, index + 3),
})

export const row = (key: string, value: StoredRowChange['value'], collection = 'events', epoch = 1) => ({
  collection,
  epoch,
  key,
  value,
})

export const change = (offset: number, seq: number, key = `k${offset}`): StoredChange => ({
  offset,
  seq,
  collection: 'events',
  key,
  value: { offset, seq },
})

/** What a group commit does to the log: `count` entries and the new head. */
export const appendEntries = async (writer: Writer, count: number, bytes = 40): Promise<Head> => {
  const head = await writer.head()
  await writer.append(Array.from({ length: count }, (_, n) => entryAt(head.size + n, bytes)))
  const next = { ...head, size: head.size + count, frontier: [bytesOf(32, head.size + count)] }
  await writer.setHead(next)
  return next
}

export const sizeOf = async (storage: Storage): Promise<number> => (await storage.head()).size
