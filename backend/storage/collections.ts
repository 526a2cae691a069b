import type { StoredCollection } from './port.ts'
import type { Db } from './schema.ts'

/** Every epoch of every collection, oldest epoch first. */
export const allCollections = async (db: Db): Promise<readonly StoredCollection[]> => {
  const found = await db.selectFrom('collections').selectAll().orderBy('name').orderBy('epoch').execute()
  return found.map((row) => ({ ...row, ready: row.ready === 1 }))
}

export const putCollection = async (db: Db, collection: StoredCollection): Promise<void> => {
  const { name, epoch, version, projected } = collection
  const state = { version, projected, ready: collection.ready ? 1 : 0 }
  await db
    .insertInto('collections')
    .values({ name, epoch, ...state })
    .onConflict((conflict) => conflict.columns(['name', 'epoch']).doUpdateSet(state))
    .execute()
  await db
    .updateTable('log_head')
    .set((row) => ({ collections: row('collections', '+', 1) }))
    .execute()
}
