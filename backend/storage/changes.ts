import type { Json } from '#protocol/command.ts'
import type { Reader, StoredChange } from './port.ts'
import type { Db, Schema } from './schema.ts'
import { sizedStatement, standIns, writeAll } from './statements.ts'

/** The rows of the change feed. */
export interface ChangeTables {
  reader(db: Db): Reader['changes']
  put(db: Db, changes: readonly StoredChange[]): Promise<void>
}

export const changeTables = (dialect: Db): ChangeTables => {
  const insert = sizedStatement((size) =>
    dialect.insertInto('changes').values(standIns(size, { position: 0, seq: 0, collection: '', key: '', value: '' })),
  )
  return {
    reader: (db) => ({
      after: (after, upTo, limit) => wholeOffsets(db, after, upTo, limit),
      oldest: () => oldestCursor(db),
    }),
    put: (db, changes) =>
      writeAll(db, insert, changes, (change) => [
        change.offset,
        change.seq,
        change.collection,
        change.key,
        change.value === null ? null : JSON.stringify(change.value),
      ]),
  }
}

const between = (db: Db, after: number, upTo: number) =>
  db
    .selectFrom('changes')
    .selectAll()
    .where('position', '>', after)
    .where('position', '<=', upTo)
    .orderBy('position')
    .orderBy('seq')

/** One row more than asked for tells whether the last offset was cut; then it is left for the next call. */
const wholeOffsets = async (db: Db, after: number, upTo: number, limit: number): Promise<readonly StoredChange[]> => {
  const found = await between(db, after, upTo)
    .limit(limit + 1)
    .execute()
  const last = found.at(-1)
  if (found.length <= limit || last === undefined) return found.map(changeOf)
  const whole = found.filter((row) => row.position < last.position)
  if (whole.length > 0) return whole.map(changeOf)
  // A single entry caused more changes than the limit: they go out together all the same.
  return (await between(db, after, last.position).execute()).map(changeOf)
}

const changeOf = (row: Schema['changes']): StoredChange => ({
  offset: row.position,
  seq: row.seq,
  collection: row.collection,
  key: row.key,
  value: row.value === null ? null : (JSON.parse(row.value) as Json),
})

const trimmedKey = 'changes-trimmed'

/** The offset up to which changes were dropped; 0 at first. */
export const oldestCursor = async (db: Db): Promise<number> => {
  const row = await db.selectFrom('meta').select('value').where('key', '=', trimmedKey).executeTakeFirst()
  return row === undefined ? 0 : Number(row.value)
}

export const setOldestCursor = async (db: Db, offset: number): Promise<void> => {
  const value = String(offset)
  await db
    .insertInto('meta')
    .values({ key: trimmedKey, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
