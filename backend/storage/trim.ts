import { oldestCursor, setOldestCursor } from './changes.ts'
import type { Engine } from './engine.ts'
import type { Db } from './schema.ts'

/** Rows deleted in one transaction: a few milliseconds, so that commands hardly wait. */
const slice = 2000

/** Repeats `step`, one transaction each, while it says that more is left; others write in between. */
const inSlices = async (engine: Engine, step: (db: Db) => Promise<boolean>): Promise<void> => {
  while (await engine.transact(step)) await new Promise((resolve) => setImmediate(resolve))
}

/** Drops change rows up to an offset. The bound moves first: nobody resumes from a half-trimmed stretch. */
export const trimChanges = async (engine: Engine, upTo: number): Promise<void> => {
  await engine.transact(async (db) => {
    const { size } = await db.selectFrom('log_head').select('size').executeTakeFirstOrThrow()
    const bound = Math.min(upTo, size)
    if (bound > (await oldestCursor(db))) await setOldestCursor(db, bound)
  })
  await inSlices(engine, async (db) => {
    const bound = await oldestCursor(db)
    const edge = await db
      .selectFrom('changes')
      .select('position')
      .where('position', '<=', bound)
      .orderBy('position')
      .orderBy('seq')
      .offset(slice)
      .limit(1)
      .executeTakeFirst()
    await db
      .deleteFrom('changes')
      .where('position', '<=', edge?.position ?? bound)
      .execute()
    return edge !== undefined
  })
}

/** Deletes an epoch's rows, then its line in `collections`: a crash in between leaves it to be dropped again. */
export const dropEpoch = async (engine: Engine, collection: string, epoch: number): Promise<void> => {
  await inSlices(engine, async (db) => {
    const ofEpoch = db.selectFrom('rows').where('collection', '=', collection).where('epoch', '=', epoch)
    const edge = await ofEpoch.select('key').orderBy('key').offset(slice).limit(1).executeTakeFirst()
    const remove = db.deleteFrom('rows').where('collection', '=', collection).where('epoch', '=', epoch)
    await (edge === undefined ? remove : remove.where('key', '<', edge.key)).execute()
    return edge !== undefined
  })
  await engine.transact(async (db) => {
    await db.deleteFrom('collections').where('name', '=', collection).where('epoch', '=', epoch).execute()
  })
}
