import { type RawBuilder, sql } from 'kysely'
import type { ColumnTypes, Db } from '../schema.ts'

/** The first schema. */
export const createTables = async (db: Db, types: ColumnTypes): Promise<void> => {
  for (const statement of [...log(types), ...collections(types), ...queues(types)]) await statement.execute(db)
  await sql`insert into log_head (id, size, frontier, epoch) values (1, 0, ${new Uint8Array()}, 1)`.execute(db)
}

/** `bytes` stands last: reading leaves then never touches what lies behind it. */
const log = ({ integer, bytes, text, clustered }: ColumnTypes): readonly RawBuilder<unknown>[] => [
  sql`create table log_head (
    id ${integer} primary key, size ${integer} not null, frontier ${bytes} not null, epoch ${integer} not null)`,
  sql`create table entries (
    position ${integer} primary key, id ${text} not null unique, digest ${bytes} not null, at ${integer} not null,
    leaf ${bytes} not null, bytes ${bytes} not null)`,
  sql`create table nodes (
    level ${integer} not null, position ${integer} not null, hash ${bytes} not null,
    primary key (level, position)) ${clustered}`,
]

const collections = ({ integer, text, clustered }: ColumnTypes): readonly RawBuilder<unknown>[] => [
  sql`create table rows (
    collection ${text} not null, epoch ${integer} not null, key ${text} not null, value ${text} not null,
    primary key (collection, epoch, key)) ${clustered}`,
  sql`create table collections (
    name ${text} not null, epoch ${integer} not null, version ${integer} not null, projected ${integer} not null,
    ready ${integer} not null, primary key (name, epoch)) ${clustered}`,
  sql`create table changes (
    position ${integer} not null, seq ${integer} not null, collection ${text} not null, key ${text} not null,
    value ${text}, primary key (position, seq)) ${clustered}`,
]

const queues = ({ integer, bytes, text, clustered }: ColumnTypes): readonly RawBuilder<unknown>[] => [
  sql`create table outbox (
    id ${text} primary key, module ${text} not null, effect ${text} not null, payload ${text} not null,
    due ${integer} not null, attempts ${integer} not null, owner ${text}, lease ${integer}, failure ${text})`,
  sql`create index outbox_due on outbox (module, due)`,
  sql`create table inbox (
    source ${text} not null, id ${text} not null, received ${integer} not null, headers ${text} not null,
    body ${bytes} not null, state ${text} not null, reason ${text}, owner ${text}, lease ${integer},
    primary key (source, id))`,
  sql`create index inbox_waiting on inbox (source, received) where state = 'waiting'`,
  sql`create index inbox_received on inbox (received)`,
  sql`create table jobs (
    name ${text} primary key, due ${integer} not null, owner ${text}, lease ${integer}, failure ${text})`,
  sql`create table telemetry (
    resolution ${integer} not null, at ${integer} not null, instance ${text} not null, figures ${text} not null,
    primary key (resolution, at, instance)) ${clustered}`,
]
