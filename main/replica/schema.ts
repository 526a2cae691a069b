import { collections } from '#protocol/catalogue.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { Db } from './open-database.ts'

/** The tables that every replica has. A file of a higher version was written by a newer build and is not for us. */
const migrations: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE collections (
     name TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
     epoch INTEGER NOT NULL, "offset" INTEGER NOT NULL, generation INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE generations (
     generation INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL,
     rows INTEGER NOT NULL DEFAULT 0, next_id INTEGER NOT NULL DEFAULT 0, sealed INTEGER NOT NULL DEFAULT 0
   );`,
]

export interface CollectionRecord {
  readonly name: string
  readonly version: number
  readonly state: 'empty' | 'ready' | 'denied'
  readonly epoch: number
  readonly offset: number
  /** Which tables hold its rows; 0: none. */
  readonly generation: number
}

/** Brings a file to this build's schema; answers false where a newer build wrote it. */
export const migrate = (db: Db): boolean => {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > migrations.length) return false
  db.transaction(() => {
    for (const step of migrations.slice(version)) db.exec(step)
    db.pragma(`user_version = ${migrations.length}`)
  })()
  return true
}

/**
 * One record per collection of the catalogue. A collection whose definition changed its version starts anew; tables of
 * no collection (changed, vanished or half loaded) are left for {@link orphans}.
 */
export const loadCollections = (db: Db): readonly CollectionRecord[] => {
  const stored = new Map(
    (db.prepare('SELECT * FROM collections').all() as CollectionRecord[]).map((row) => [row.name, row] as const),
  )
  return collections.map((definition) => {
    const record = stored.get(definition.name)
    return record?.version === definition.version ? record : freshRecord(definition)
  })
}

export const freshRecord = (definition: CollectionDefinition): CollectionRecord => ({
  name: definition.name,
  version: definition.version,
  state: 'empty',
  epoch: 0,
  offset: 0,
  generation: 0,
})

export const recordSaver = (db: Db): ((record: CollectionRecord) => void) => {
  const statement = db.prepare(
    `INSERT OR REPLACE INTO collections (name, version, state, epoch, "offset", generation)
     VALUES (@name, @version, @state, @epoch, @offset, @generation)`,
  )
  return (record) => {
    statement.run(record)
  }
}

/** Generations whose tables belong to nothing any more. */
export const orphans = (db: Db, alive: ReadonlySet<number>): readonly number[] =>
  (db.prepare('SELECT generation FROM generations').all() as { generation: number }[])
    .map((row) => row.generation)
    .filter((generation) => !alive.has(generation))

/** Drops the tables of a generation. */
export const dropGeneration = (db: Db, generation: number): void => {
  db.transaction(() => {
    for (const part of ['rows', 'bodies', 'grams', 'touched']) db.exec(`DROP TABLE IF EXISTS "${part}:${generation}"`)
    db.prepare('DELETE FROM generations WHERE generation = ?').run(generation)
  })()
}
