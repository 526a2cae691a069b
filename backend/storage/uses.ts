import type { Engine } from './engine.ts'
import type { UseStore } from './port.ts'

export const useStore = (engine: Engine): UseStore => ({
  first: (name, until) =>
    engine.transact(async (db) => {
      const insert = db.insertInto('uses').values({ name, until })
      const made = await insert.onConflict((conflict) => conflict.doNothing()).executeTakeFirst()
      return (made.numInsertedOrUpdatedRows ?? 0n) > 0n
    }),
  sweep: (before) =>
    engine.transact(async (db) => {
      await db.deleteFrom('uses').where('until', '<', before).execute()
    }),
})
