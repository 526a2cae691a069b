import { sql } from 'kysely'
import type { ColumnTypes, Db } from '../schema.ts'

/**
 * For several instances on one store: `log_head.collections` rises whenever what is served changes, so that each commit
 * sees at no cost whether this instance's memory of it is stale; `outbox.instance` names the one that an effect is for.
 */
export const forInstances = async (db: Db, { integer, text }: ColumnTypes): Promise<void> => {
  await sql`alter table log_head add column collections ${integer} not null default 0`.execute(db)
  await sql`alter table outbox add column instance ${text}`.execute(db)
}
