import type { Json } from '#protocol/command.ts'
import { type Reader, rowId, type StoredRef, type StoredRow, type StoredRowChange } from './port.ts'
import type { Db } from './schema.ts'
import { overKeys, sizedStatement, standIns, writeAll } from './statements.ts'

/** The rows of all collections. */
export interface RowTables {
  reader(db: Db): Reader['rows']
  put(db: Db, changes: readonly StoredRowChange[]): Promise<void>
}

export const rowTables = (dialect: Db): RowTables => {
  const get = sizedStatement((size) =>
    dialect
      .selectFrom('rows')
      .select(['key', 'value'])
      .where('collection', '=', '')
      .where('epoch', '=', 0)
      .where('key', 'in', standIns(size, '')),
  )
  const upsert = sizedStatement((size) =>
    dialect
      .insertInto('rows')
      .values(standIns(size, { collection: '', epoch: 0, key: '', value: '' }))
      .onConflict((conflict) =>
        conflict.columns(['collection', 'epoch', 'key']).doUpdateSet((row) => ({ value: row.ref('excluded.value') })),
      ),
  )
  const remove = sizedStatement((size) =>
    dialect
      .deleteFrom('rows')
      .where('collection', '=', '')
      .where('epoch', '=', 0)
      .where('key', 'in', standIns(size, '')),
  )

  return {
    reader: (db) => ({
      get: async (refs) => {
        const found = new Map<string, Json>()
        for (const { collection, epoch, keys } of byCollection(refs)) {
          const rows = await overKeys(db, get, [collection, epoch], keys)
          for (const row of rows) found.set(rowId(collection, row.key), JSON.parse(row.value) as Json)
        }
        return found
      },
      page: (collection, epoch, after, limit) => page(db, collection, epoch, after, limit, 'asc'),
      pageBack: (collection, epoch, before, limit) => page(db, collection, epoch, before, limit, 'desc'),
      count: (collection, epoch, atMost) => count(db, collection, epoch, atMost),
    }),
    put: async (db, changes) => {
      const latest = new Map(
        changes.map((change) => [`${change.epoch} ${rowId(change.collection, change.key)}`, change]),
      )
      const all = [...latest.values()]
      const kept = all.filter((change) => change.value !== null)
      await writeAll(db, upsert, kept, (row) => [row.collection, row.epoch, row.key, JSON.stringify(row.value)])
      for (const { collection, epoch, keys } of byCollection(all.filter((change) => change.value === null))) {
        await overKeys(db, remove, [collection, epoch], keys)
      }
    },
  }
}

/** Statements name one collection and a list of keys: engines agree on that, not on lists of triples. */
const byCollection = (refs: readonly StoredRef[]) => {
  const groups = new Map<string, { readonly collection: string; readonly epoch: number; readonly keys: string[] }>()
  for (const { collection, epoch, key } of refs) {
    const name = `${epoch} ${collection}`
    const group = groups.get(name) ?? { collection, epoch, keys: [] }
    groups.set(name, group)
    group.keys.push(key)
  }
  return groups.values()
}

const page = async (
  db: Db,
  collection: string,
  epoch: number,
  edge: string | null,
  limit: number,
  order: 'asc' | 'desc',
): Promise<readonly StoredRow[]> => {
  const all = db
    .selectFrom('rows')
    .select(['key', 'value'])
    .where('collection', '=', collection)
    .where('epoch', '=', epoch)
  const beyond = edge === null ? all : all.where('key', order === 'asc' ? '>' : '<', edge)
  const found = await beyond.orderBy('key', order).limit(limit).execute()
  return found.map((row) => ({ key: row.key, value: JSON.parse(row.value) as Json }))
}

const count = async (db: Db, collection: string, epoch: number, atMost?: number): Promise<number> => {
  const keys = db.selectFrom('rows').select('key').where('collection', '=', collection).where('epoch', '=', epoch)
  const row = await db
    .selectFrom((atMost === undefined ? keys : keys.limit(atMost)).as('counted'))
    .select((all) => all.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return Number(row.rows)
}
