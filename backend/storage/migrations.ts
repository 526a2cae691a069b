import { LibralError } from '#protocol/errors.ts'
import { createTables } from './migrations/0001-tables.ts'
import { forInstances } from './migrations/0002-instances.ts'
import { sealedValues } from './migrations/0003-sealed.ts'
import { onceForAll } from './migrations/0004-uses.ts'
import { witnesses } from './migrations/0005-witnesses.ts'
import { evidence } from './migrations/0006-evidence.ts'
import { inboxFindings } from './migrations/0007-inbox-findings.ts'
import type { ColumnTypes, Db } from './schema.ts'

/** One step of the schema. A released one is never edited; the next is added to the list. */
export type Migration = (db: Db, types: ColumnTypes) => Promise<void>
/** Ordered; the schema's version is the number of those applied. */
const migrations: readonly Migration[] = [
  createTables,
  forInstances,
  sealedValues,
  onceForAll,
  witnesses,
  evidence,
  inboxFindings,
]

const versionKey = 'schema-version'

/**
 * Brings the tables to this program's version, each step and its number in one transaction.
 * @throws LibralError `storage.newer-version` when a later program has written here
 */
export const migrate = async (
  transact: <T>(work: (db: Db) => Promise<T>) => Promise<T>,
  types: ColumnTypes,
  steps = migrations,
): Promise<void> => {
  const step = async (db: Db): Promise<boolean> => {
    const version = await schemaVersion(db, types)
    if (version > steps.length) throw new LibralError('storage.newer-version', { version, known: steps.length })
    const next = steps[version]
    if (next === undefined) return false
    await next(db, types)
    const value = String(version + 1)
    await db
      .insertInto('meta')
      .values({ key: versionKey, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute()
    return true
  }
  while (await transact(step));
}

const schemaVersion = async (db: Db, types: ColumnTypes): Promise<number> => {
  await db.schema
    .createTable('meta')
    .ifNotExists()
    .addColumn('key', types.text, (column) => column.primaryKey())
    .addColumn('value', types.text, (column) => column.notNull())
    .execute()
  const row = await db.selectFrom('meta').select('value').where('key', '=', versionKey).executeTakeFirst()
  return row === undefined ? 0 : Number(row.value)
}
