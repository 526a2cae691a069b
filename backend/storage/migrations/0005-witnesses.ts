import { sql } from 'kysely'
import type { ColumnTypes, Db } from '../schema.ts'

/**
 * Heads of the log that were published, and what desktops signed under them. Both can be made anew (a head from the
 * leaves, a cosignature by its witness), so neither is part of the record.
 */
export const witnesses = async (db: Db, { integer, bytes, text, clustered }: ColumnTypes): Promise<void> => {
  await sql`create table checkpoints (
    size ${integer} not null primary key, root ${bytes} not null, at ${integer} not null)`.execute(db)
  await sql`create table cosignatures (
    size ${integer} not null, witness ${text} not null, operator ${text} not null, at ${integer} not null,
    line ${bytes} not null, primary key (size, witness)) ${clustered}`.execute(db)
}
