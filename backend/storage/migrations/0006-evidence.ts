import { sql } from 'kysely'
import type { ColumnTypes, Db } from '../schema.ts'

/** What entries name by SHA-256 (base64url), once however many name it, and which entries do. `at`: last handed over. */
export const evidence = async (db: Db, { integer, bytes, text, clustered }: ColumnTypes): Promise<void> => {
  await sql`create table evidence (
    digest ${text} not null primary key, at ${integer} not null, bytes ${bytes} not null)`.execute(db)
  await sql`create table evidence_named (
    entry ${integer} not null, digest ${text} not null, primary key (entry, digest)) ${clustered}`.execute(db)
  await sql`create index evidence_named_digest on evidence_named (digest)`.execute(db)
}
