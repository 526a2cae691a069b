import { join } from 'node:path'
import { z } from 'zod'
import { signedCommandSchema } from '#protocol/command.ts'
import { sentCap, sentCommandSchema } from '#protocol/desktop.ts'
import type { SentRecord } from './messages.ts'
import { type DatabaseOptions, type Db, openOrReplace } from './open-database.ts'

/**
 * What this desktop sent. A file of its own beside the replica: the replica can be rebuilt from the backend and is
 * written lazily; this one can't, and every write is on disk (`synchronous=FULL`) before it is answered.
 */
export interface SentStore {
  load(): readonly SentRecord[]
  put(records: readonly SentRecord[]): void
  close(): void
}

const recordSchema = z.strictObject({ ...sentCommandSchema.shape, signed: signedCommandSchema })

/** Looking for what may go reads the whole table: not at every write. */
const trimEvery = 64

/** Decided ones make room for new ones; what is still open stays. */
const trimmer = (db: Db): (() => void) => {
  const trim = db.prepare(
    `DELETE FROM sent WHERE open = 0 AND id NOT IN (SELECT id FROM sent ORDER BY id DESC LIMIT ${sentCap})`,
  )
  let writes = 0
  return () => {
    if (writes++ % trimEvery === 0) trim.run()
  }
}

const isOpen = ({ state }: SentRecord): number =>
  state === 'queued' || state === 'sent' || state === 'unknown' ? 1 : 0

export const openSentStore = (
  directory: string,
  options: Pick<DatabaseOptions, 'key'> & { readonly name: string },
): { readonly store: SentStore; readonly setAside: string | null } => {
  const { db, setAside } = openOrReplace(
    { path: join(directory, options.name), key: options.key, synchronous: 'FULL', maxPages: null },
    Date.now,
  )
  // What is taken out of a record (personal parameters, once decided) leaves no trace in free pages.
  db.pragma('secure_delete = ON')
  // UUIDv7 ids sort by the time they were made.
  db.exec(
    'CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY, open INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID',
  )
  const put = db.prepare('INSERT OR REPLACE INTO sent (id, open, json) VALUES (?, ?, ?)')
  const trim = trimmer(db)
  const all = db.prepare('SELECT json FROM sent ORDER BY id').pluck()
  return {
    setAside,
    store: {
      load: () =>
        (all.all() as string[]).flatMap((json) => {
          const parsed = recordSchema.safeParse(JSON.parse(json))
          return parsed.success ? [parsed.data] : []
        }),
      put: (records) => {
        db.transaction(() => {
          for (const record of records) put.run(record.id, isOpen(record), JSON.stringify(record))
          trim()
        })()
      },
      close: () => {
        db.close()
      },
    },
  }
}
