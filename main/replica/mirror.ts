import type { CollectionDefinition } from '#protocol/collection.ts'
import type { Json } from '#protocol/command.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { Db } from './open-database.ts'
import { createRows, openRows, type Rows } from './rows.ts'
import { type CollectionRecord, freshRecord, recordSaver } from './schema.ts'
import type { Changes } from './table.ts'

/**
 * One collection as mirrored. Windows read `rows`; a snapshot on its way fills tables of its own and takes their place
 * when it is whole, so half a snapshot is never seen.
 */
export interface Mirror {
  readonly definition: CollectionDefinition
  state(): 'empty' | 'loading' | 'ready' | 'denied'
  offset(): number
  rows(): Rows | null
  /** Where to resume; null: send a snapshot. */
  cursor(): Cursor | null
  /** Forgets a half-loaded snapshot. */
  abandon(): void
  /** Within a transaction, as all below; what they answer is due after the commit. */
  startSnapshot(epoch: number, offset: number): Due
  page(page: SnapshotPage): Due
  /** Changes up to `to`, in order of their offsets; those at or below the own offset are known already. */
  advance(changes: readonly MirrorChange[], to: number): Due
  /** Gives up all rows: the role may not read them. */
  deny(): Due
  /** The generations in use. */
  generations(): readonly number[]
}

export type Due = () => void
export interface SnapshotPage {
  readonly epoch: number
  readonly rows: readonly (readonly [string, Json])[]
  /** With the last page: whole once changes up to here are in. */
  readonly settled: number | null
}
export interface MirrorChange {
  readonly offset: number
  readonly key: string
  readonly row: Json
}

interface Loading {
  readonly rows: Rows
  readonly epoch: number
  offset: number
  settled: number | null
  /** Deleted while loading: a page read before the deletion must not bring them back. */
  readonly deleted: Set<string>
}

const nothing: Due = () => {}

export const openMirror = (db: Db, definition: CollectionDefinition, stored: CollectionRecord): Mirror => {
  let record = stored
  let rows = stored.generation === 0 ? null : openRows(db, definition, stored.generation)
  let loading: Loading | null = null

  const write = recordSaver(db)
  const save = (next: CollectionRecord): Due => {
    write(next)
    return () => {
      record = next
    }
  }

  const latest = (changes: readonly MirrorChange[], after: number): Changes => {
    const map = new Map<string, Json>()
    for (const { offset, key, row } of changes) if (offset > after) map.set(key, row)
    return map
  }

  /** The snapshot is whole and everything up to `settled` is in: it becomes what windows read. */
  const swapIfWhole = (filled: Loading): Due => {
    if (filled.settled === null || filled.offset < filled.settled) return nothing
    const { epoch, offset } = filled
    const generation = filled.rows.table.generation
    const saved = save({ ...record, state: 'ready', epoch, offset, generation })
    return () => {
      saved()
      rows = filled.rows
      loading = null
    }
  }

  const advanceLoading = (filled: Loading, changes: readonly MirrorChange[], to: number): Due => {
    const news = latest(changes, filled.offset)
    for (const [key, row] of news) {
      if (row === null) filled.deleted.add(key)
      else filled.deleted.delete(key)
    }
    const put = filled.rows.put(news)
    filled.offset = Math.max(filled.offset, to)
    const swap = swapIfWhole(filled)
    return () => {
      put()
      swap()
    }
  }

  const advance: Mirror['advance'] = (changes, to) => {
    if (loading !== null) return advanceLoading(loading, changes, to)
    if (rows === null || to <= record.offset) return nothing
    const put = rows.put(latest(changes, record.offset))
    const saved = save({ ...record, offset: to })
    return () => {
      put()
      saved()
    }
  }

  const page: Mirror['page'] = ({ epoch, rows: loaded, settled }) => {
    if (loading === null || loading.epoch !== epoch) return nothing
    const filled = loading
    const news = new Map(loaded.filter(([key]) => !filled.deleted.has(key)))
    // A row that is there already came with a later change.
    const put = filled.rows.put(news, true)
    if (settled !== null) filled.settled = settled
    const swap = swapIfWhole(filled)
    return () => {
      put()
      swap()
    }
  }

  return {
    definition,
    state: () => (loading !== null ? 'loading' : record.state),
    offset: () => record.offset,
    rows: () => rows,
    cursor: () => (record.state === 'ready' ? { epoch: record.epoch, offset: record.offset } : null),
    abandon: () => {
      loading = null
    },
    startSnapshot: (epoch, offset) => {
      const made = createRows(db, definition)
      return () => {
        loading = { rows: made, epoch, offset, settled: null, deleted: new Set() }
      }
    },
    page,
    advance,
    deny: () => {
      const saved = save({ ...freshRecord(definition), state: 'denied' })
      return () => {
        saved()
        rows = null
        loading = null
      }
    },
    generations: () => [record.generation, loading?.rows.table.generation ?? 0].filter((number) => number > 0),
  }
}
