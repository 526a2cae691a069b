import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { type Reader, rowId, type StoredRef, type StoredRowChange } from '../storage/port.ts'
import type { State } from './module.ts'

export interface Place {
  readonly collection: string
  readonly key: string
}

/** The epoch of each collection to read and write; undefined while it can't be read. */
export type EpochOf = (collection: string) => number | undefined

/** Rows as the storage has them, with what the entries made so far in this transaction changed. */
export interface Overlay extends State {
  /** Reads what is not here yet, all in one go. @throws LibralError `module.busy` for a collection being rebuilt */
  load(places: readonly Place[]): Promise<void>
  loaded(place: Place): boolean
  value(collection: string, key: string): Json | undefined
  set(collection: string, key: string, value: Json | null): void
  /** Takes back every `set` inside when `work` throws. */
  atomically<T>(work: () => T): T
  /** Every row written, once, as it stands at the end. */
  written(): readonly StoredRowChange[]
}

export const createOverlay = (reader: Reader, epochOf: EpochOf): Overlay => {
  const rows = new Map<string, Json | null>()
  const written = new Map<string, StoredRef>()
  let journal: (() => void)[] | undefined
  const refOf = ({ collection, key }: Place): StoredRef => {
    const epoch = epochOf(collection)
    if (epoch === undefined) throw new LibralError('module.busy', { collection })
    return { collection, epoch, key }
  }
  const value = (collection: string, key: string): Json | undefined => {
    const row = rows.get(rowId(collection, key))
    if (row === undefined) throw new Error(`${collection} was read without being declared`)
    return row ?? undefined
  }
  return {
    loaded: ({ collection, key }) => rows.has(rowId(collection, key)),
    load: async (places) => {
      const missing = new Map<string, StoredRef>()
      for (const place of places) {
        const id = rowId(place.collection, place.key)
        if (!rows.has(id)) missing.set(id, refOf(place))
      }
      if (missing.size === 0) return
      const found = await reader.rows.get([...missing.values()])
      for (const id of missing.keys()) rows.set(id, found.get(id) ?? null)
    },
    value,
    get: <Row extends z.ZodType>(collection: CollectionDefinition<Row>, key: string) =>
      value(collection.name, key) as z.output<Row> | undefined,
    set: (collection, key, row) => {
      const id = rowId(collection, key)
      journal?.push(restorer(rows, id), restorer(written, id))
      written.set(id, refOf({ collection, key }))
      rows.set(id, row)
    },
    atomically: (work) => {
      journal = []
      try {
        return work()
      } catch (thrown) {
        for (const restore of journal.reverse()) restore()
        throw thrown
      } finally {
        journal = undefined
      }
    },
    written: () => [...written].map(([id, ref]) => ({ ...ref, value: rows.get(id) ?? null })),
  }
}

const restorer = <T>(map: Map<string, T>, id: string): (() => void) => {
  const before = map.get(id)
  return before === undefined ? () => map.delete(id) : () => map.set(id, before)
}
