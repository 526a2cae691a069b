import { LibralError } from '#protocol/errors.ts'
import type { Engine } from './engine.ts'
import type { InboxItem, InboxStore } from './port.ts'
import type { Db, Schema } from './schema.ts'
import { plainBytes } from './statements.ts'

/** What came from outside without a signature: kept as it came, until a module has accepted or refused it. */
export const inboxStore = (engine: Engine): InboxStore => ({
  put: (item, bound) => engine.transact((db) => put(db, item, bound)),
  claim: (source, owner, now, leaseUntil, limit) =>
    engine.transact(async (db) => {
      const claimed = await db
        .updateTable('inbox')
        .set({ owner, lease: leaseUntil })
        .where('source', '=', source)
        .where('id', 'in', waitingIds(engine, db, source, now, limit))
        .returningAll()
        .execute()
      return claimed.sort(byReceipt).map(itemOf)
    }),
  settle: (source, id, owner, state, reason) =>
    engine.transact(async (db) => {
      const settled = await db
        .updateTable('inbox')
        .set({ state, reason, owner: null, lease: null })
        .where('source', '=', source)
        .where('id', '=', id)
        .where('owner', '=', owner)
        .where('state', '=', 'waiting')
        .executeTakeFirst()
      return settled.numUpdatedRows > 0n
    }),
  sweep: async (before) => {
    for (let total = 0; ; ) {
      const swept = await engine.transact((db) => sweepSlice(db, before))
      total += swept
      if (swept < sliceItems) return total
    }
  },
  waiting: async () => {
    const waiting = engine.reads.selectFrom('inbox').selectAll().where('state', '=', 'waiting')
    return (await waiting.orderBy('received').orderBy('id').execute()).map(itemOf)
  },
  depth: async () => {
    const waiting = engine.reads.selectFrom('inbox').where('state', '=', 'waiting')
    const row = await waiting.select((all) => all.fn.countAll<number>().as('items')).executeTakeFirstOrThrow()
    return Number(row.items)
  },
})

/** The bound is on what waits, per source: settled items only wait for their 30 days to pass. */
const put = async (db: Db, item: InboxItem, bound: number): Promise<boolean> => {
  const { source, id } = item
  const known = await db.selectFrom('inbox').select('id').where('source', '=', source).where('id', '=', id).execute()
  if (known.length > 0) return false
  const waiting = await db
    .selectFrom('inbox')
    .select('id')
    .where('source', '=', source)
    .where('state', '=', 'waiting')
    .limit(bound)
    .execute()
  if (waiting.length >= bound) throw new LibralError('inbox.full', { source, bound })
  const { body, receivedAt: received } = item
  const added = await db
    .insertInto('inbox')
    .values({ source, id, received, headers: JSON.stringify(item.headers), body, state: 'waiting' })
    .onConflict((conflict) => conflict.columns(['source', 'id']).doNothing())
    .executeTakeFirst()
  return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
}

const waitingIds = (engine: Engine, db: Db, source: string, now: number, limit: number) => {
  const waiting = db
    .selectFrom('inbox')
    .select('id')
    .where('source', '=', source)
    .where('state', '=', 'waiting')
    .where((row) => row.or([row('lease', 'is', null), row('lease', '<=', now)]))
    .orderBy('received')
    .orderBy('id')
    .limit(limit)
  return engine.locksRows ? waiting.forUpdate().skipLocked() : waiting
}

const byReceipt = (a: Schema['inbox'], b: Schema['inbox']): number => a.received - b.received || (a.id < b.id ? -1 : 1)

const itemOf = (row: Schema['inbox']): InboxItem => ({
  id: row.id,
  source: row.source,
  receivedAt: row.received,
  body: plainBytes(row.body),
  headers: JSON.parse(row.headers) as Readonly<Record<string, string>>,
})

/** Deleted in one transaction, so that commands hardly wait. */
const sliceItems = 500

const sweepSlice = async (db: Db, before: number): Promise<number> => {
  const old = await db
    .selectFrom('inbox')
    .select(['source', 'id'])
    .where('received', '<', before)
    .orderBy('received')
    .limit(sliceItems)
    .execute()
  for (const { source, id } of old) {
    await db.deleteFrom('inbox').where('source', '=', source).where('id', '=', id).execute()
  }
  return old.length
}
