import type { CollectionDefinition } from '#protocol/collection.ts'
import { createFacets, type Facets } from './facets.ts'
import type { Db } from './open-database.ts'
import { type Changes, createGeneration, openTable, type Table } from './table.ts'
import { openTextIndex, type TextIndex } from './text-index.ts'

/** One generation of a collection: its tables, its columns in memory and its text index, kept in step. */
export interface Rows {
  readonly table: Table
  readonly text: TextIndex
  /** Loads the columns if they are not there yet: about 1 s per million rows. */
  facets(): Facets
  /** One slice of loading the columns ahead of need; false when they are there. */
  warm(): boolean
  /** Within the caller's transaction; what it answers is due after the commit. */
  put(changes: Changes, keep?: boolean): () => void
}

export const openRows = (db: Db, definition: CollectionDefinition, generation: number): Rows => {
  const table = openTable(db, definition, generation)
  const text = openTextIndex(db, table)
  const facets = createFacets(table)
  return {
    table,
    text,
    facets: () => {
      while (facets.load());
      return facets
    },
    warm: facets.load,
    put: (changes, keep) => {
      const deltas = table.put(changes, keep)
      text.note(deltas)
      return () => {
        text.forget(deltas)
        facets.apply(deltas)
      }
    },
  }
}

export const createRows = (db: Db, definition: CollectionDefinition): Rows =>
  openRows(db, definition, createGeneration(db, definition))
