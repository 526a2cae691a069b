import type { Json } from '#protocol/command.ts'
import type { Engine } from './engine.ts'
import type { NewOutboxItem, OutboxItem, OutboxStore } from './port.ts'
import type { Db, Schema } from './schema.ts'
import { type SizedStatement, sizedStatement, standIns, writeAll } from './statements.ts'

/** Effects wait here from the transaction of their entry until their owner says that they are done. */
export const outboxStore = (engine: Engine): OutboxStore => ({
  claim: (modules, owner, now, leaseUntil, limit, instance = '') =>
    engine.transact(async (db) => {
      if (modules.length === 0) return []
      const claimed = await db
        // As of the inbox: chosen once.
        .with(
          (name) => name('chosen').materialized(),
          () => dueIds(engine, db, { modules, instance, now, limit }),
        )
        .updateTable('outbox')
        .set((row) => ({ owner, lease: leaseUntil, attempts: row('attempts', '+', 1) }))
        .where('id', 'in', (row) => row.selectFrom('chosen').select('id'))
        .returningAll()
        .execute()
      return claimed.sort(byDue).map(itemOf)
    }),
  done: (id, owner) =>
    engine.transact(async (db) => {
      const gone = await db.deleteFrom('outbox').where('id', '=', id).where('owner', '=', owner).executeTakeFirst()
      return gone.numDeletedRows > 0n
    }),
  retry: (id, owner, dueAt, failure) =>
    engine.transact(async (db) => {
      const freed = { due: dueAt, failure, owner: null, lease: null }
      await db.updateTable('outbox').set(freed).where('id', '=', id).where('owner', '=', owner).execute()
    }),
  waiting: async () =>
    (await engine.reads.selectFrom('outbox').selectAll().orderBy('due').orderBy('id').execute()).map((row) => {
      const { attempts: _attempts, ...item } = itemOf(row)
      return item
    }),
  depth: async () => {
    const row = await engine.reads
      .selectFrom('outbox')
      .select((all) => all.fn.countAll<number>().as('items'))
      .executeTakeFirstOrThrow()
    return Number(row.items)
  },
})

/** How long an item waits for the instance that it names; that one may never come back. */
const patienceMs = 60_000

interface Wanted {
  readonly modules: readonly string[]
  readonly instance: string
  readonly now: number
  readonly limit: number
}

/** Oldest first; those under another's running lease are left out. */
const dueIds = (engine: Engine, db: Db, { modules, instance, now, limit }: Wanted) => {
  const due = db
    .selectFrom('outbox')
    .select('id')
    .where('module', 'in', modules)
    .where('due', '<=', now)
    .where((row) => row.or([row('lease', 'is', null), row('lease', '<=', now)]))
    .where((row) =>
      row.or([row('instance', 'is', null), row('instance', '=', instance), row('due', '<=', now - patienceMs)]),
    )
    .orderBy('due')
    .orderBy('id')
    .limit(limit)
  return engine.locksRows ? due.forUpdate().skipLocked() : due
}

/** `returning` promises no order. */
const byDue = (a: Schema['outbox'], b: Schema['outbox']): number => a.due - b.due || (a.id < b.id ? -1 : 1)

const itemOf = (row: Schema['outbox']): OutboxItem => ({
  id: row.id,
  module: row.module,
  effect: row.effect,
  payload: JSON.parse(row.payload) as Json,
  dueAt: row.due,
  attempts: row.attempts,
  ...(row.instance !== null && { instance: row.instance }),
})

/** How a group commit fills the outbox. */
export const outboxWriter = (dialect: Db): ((db: Db, items: readonly NewOutboxItem[]) => Promise<void>) => {
  const blank = { id: '', module: '', effect: '', payload: '', due: 0, attempts: 0, instance: null }
  const insert: SizedStatement<unknown> = sizedStatement((size) =>
    dialect.insertInto('outbox').values(standIns(size, blank)),
  )
  return (db, items) =>
    writeAll(db, insert, items, (item) => [
      item.id,
      item.module,
      item.effect,
      JSON.stringify(item.payload),
      item.dueAt,
      0,
      item.instance ?? null,
    ])
}
