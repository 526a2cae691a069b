import { collectionsByName } from '#protocol/catalogue.ts'
import { LibralError } from '#protocol/errors.ts'
import { type Applier, type ApplierEvents, createApplier } from './applier.ts'
import type { CollectionStates } from './messages.ts'
import { type Mirror, openMirror } from './mirror.ts'
import type { Db } from './open-database.ts'
import { retain } from './retention.ts'
import type { Rows } from './rows.ts'
import { dropGeneration, loadCollections, orphans } from './schema.ts'

/** An open replica: the mirrors of all collections over one database. */
export interface Store {
  readonly applier: Applier
  states(): CollectionStates
  /** @throws LibralError `collection.unknown`, `collection.not-permitted` */
  rowsOf(collection: string): {
    readonly rows: Rows | null
    readonly offset: number
    readonly state: 'empty' | 'loading' | 'ready'
  }
  /** One slice of what can wait: indexing, retention, dropping old tables, loading columns. False: all is done. */
  work(): boolean
  /** Rows that the text index still lacks. */
  backlog(): number
  getMeta(name: string): string | null
  setMeta(name: string, value: string): void
  close(): void
}

export const createStore = (db: Db, events: ApplierEvents): Store => {
  const mirrors = new Map<string, Mirror>()
  for (const record of loadCollections(db)) {
    const definition = collectionsByName.get(record.name)
    if (definition !== undefined) mirrors.set(record.name, openMirror(db, definition, record))
  }
  const getMeta = db.prepare('SELECT value FROM meta WHERE name = ?').pluck()
  const setMeta = db.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)')

  const alive = (): Set<number> => new Set([...mirrors.values()].flatMap((mirror) => mirror.generations()))

  const dropOrphan = (): boolean => {
    const [orphan] = orphans(db, alive())
    if (orphan === undefined) return false
    dropGeneration(db, orphan)
    return true
  }

  const workOn = (rows: Rows): boolean => rows.warm() || retain(db, rows) || rows.text.work()

  return {
    applier: createApplier(db, mirrors, events),
    states: () =>
      Object.fromEntries(
        [...mirrors].map(([name, mirror]) => [
          name,
          { state: mirror.state(), offset: mirror.offset(), rows: mirror.rows()?.table.rows() ?? 0 },
        ]),
      ),
    rowsOf: (collection) => {
      const mirror = mirrors.get(collection)
      if (mirror === undefined) throw new LibralError('collection.unknown', { collection })
      const state = mirror.state()
      if (state === 'denied') throw new LibralError('collection.not-permitted', { collection })
      return { rows: mirror.rows(), offset: mirror.offset(), state }
    },
    work: () => {
      for (const mirror of mirrors.values()) {
        const rows = mirror.rows()
        if (rows !== null && workOn(rows)) return true
      }
      return dropOrphan()
    },
    backlog: () => [...mirrors.values()].reduce((sum, mirror) => sum + (mirror.rows()?.text.backlog() ?? 0), 0),
    getMeta: (name) => (getMeta.get(name) as string | undefined) ?? null,
    setMeta: (name, value) => {
      setMeta.run(name, value)
    },
    close: () => {
      db.close()
    },
  }
}
