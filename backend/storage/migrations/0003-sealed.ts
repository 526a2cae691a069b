import { sql } from 'kysely'
import type { ColumnTypes, Db } from '../schema.ts'

/**
 * Wrapped data keys and the search index of sealed values: beside the log, so that erasing can take them away. A row of
 * `sealed_index` stands for one field of one row of a collection.
 */
export const sealedValues = async (db: Db, { bytes, text, clustered }: ColumnTypes): Promise<void> => {
  await sql`create table subject_keys (
    subject ${text} not null, class ${text} not null, key ${text} not null, custodian ${text} not null,
    fingerprint ${text} not null, wrapped ${bytes} not null, primary key (key, custodian, fingerprint))`.execute(db)
  await sql`create index subject_keys_subject on subject_keys (subject)`.execute(db)
  await sql`create index subject_keys_class on subject_keys (class, custodian, fingerprint, key)`.execute(db)
  await sql`create table sealed_index (
    collection ${text} not null, row_key ${text} not null, field ${text} not null, token ${bytes} not null,
    subject ${text} not null, primary key (collection, row_key, field)) ${clustered}`.execute(db)
  await sql`create index sealed_index_token on sealed_index (collection, field, token)`.execute(db)
  await sql`create index sealed_index_subject on sealed_index (subject)`.execute(db)
}
