import { sql } from 'kysely'
import type { ColumnTypes, Db } from '../schema.ts'

/** What a judgement found beside its verdict (JSON), what it is about, and when it was settled: for who looks through. */
export const inboxFindings = async (db: Db, { integer, text }: ColumnTypes): Promise<void> => {
  await sql`alter table inbox add column finding ${text}`.execute(db)
  await sql`alter table inbox add column about ${text}`.execute(db)
  await sql`alter table inbox add column settled ${integer}`.execute(db)
  await sql`create index inbox_about on inbox (about) where about is not null`.execute(db)
}
