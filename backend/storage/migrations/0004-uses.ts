import type { ColumnTypes, Db } from '../schema.ts'

/** What may be used once on all instances together, until it has no worth any more. */
export const onceForAll = async (db: Db, { integer, text }: ColumnTypes): Promise<void> => {
  await db.schema
    .createTable('uses')
    .addColumn('name', text, (column) => column.primaryKey())
    .addColumn('until', integer, (column) => column.notNull())
    .execute()
}
