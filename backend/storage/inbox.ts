import { sql } from 'kysely'
import type { Json } from '#protocol/command.ts'
import type { Engine } from './engine.ts'
import type { InboxArrival, InboxItem, InboxLine, InboxLook, InboxPut, InboxStore } from './port.ts'
import type { Db, Schema } from './schema.ts'
import { overKeys, plainBytes, type SizedStatement, sizedStatement, standIns, writeReturning } from './statements.ts'

/** What came from outside without a signature: kept as it came, until a module has accepted or refused it. */
export const inboxStore = (engine: Engine): InboxStore => {
  const statements = statementsOf(engine.reads)
  return {
    put: (items, bound) => engine.transact((db) => put(db, statements, items, bound)),
    // Claimed or settled in vain, a message is judged once more: each may come several times anyway.
    claim: (source, owner, now, leaseUntil, limit) =>
      engine.transactLightly(async (db) => {
        const claimed = await db
          // Chosen once: PostgreSQL may ask a subquery again for each row that it looks at, and one that locks and limits
          // then answers with others each time.
          .with(
            (name) => name('chosen').materialized(),
            () => waitingIds(engine, db, source, now, limit),
          )
          .updateTable('inbox')
          .set({ owner, lease: leaseUntil })
          .where('source', '=', source)
          .where('id', 'in', (row) => row.selectFrom('chosen').select('id'))
          .returningAll()
          .execute()
        return claimed.sort(byReceipt).map(itemOf)
      }),
    settle: (source, owner, items, now) =>
      engine.transactLightly(async (db) => {
        let settled = 0
        for (const { id, state, reason, finding, about } of items) {
          const found = finding === undefined ? null : JSON.stringify(finding)
          const values = [state, reason, found, about ?? null, now, source, id, owner]
          const { rows } = await db.executeQuery(statements.settle(1, values))
          settled += rows.length
        }
        return settled
      }),
    look: (wanted) => look(engine.reads, wanted),
    get: async (source, id) => {
      const row = await engine.reads
        .selectFrom('inbox')
        .selectAll()
        .where('source', '=', source)
        .where('id', '=', id)
        .executeTakeFirst()
      return row ? itemOf(row) : null
    },
    again: (source, id) =>
      engine.transact(async (db) => {
        const here = db.selectFrom('inbox').select('state').where('source', '=', source).where('id', '=', id)
        const row = await here.executeTakeFirst()
        if (row === undefined) return false
        if (row.state === 'waiting') return true
        await db
          .updateTable('inbox')
          .set({ state: 'waiting', reason: null, finding: null, about: null, settled: null, owner: null, lease: null })
          .where('source', '=', source)
          .where('id', '=', id)
          .execute()
        return true
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
    depth: () => depthOf(engine.reads),
  }
}

interface Statements {
  readonly known: SizedStatement<{ readonly id: string }>
  readonly insert: SizedStatement<{ readonly source: string; readonly id: string }>
  readonly settle: SizedStatement<{ readonly id: string }>
}

const statementsOf = (dialect: Db): Statements => {
  const came = { source: '', id: '', received: 0, headers: '', body: new Uint8Array() } as const
  const row = { ...came, state: 'waiting', owner: '', lease: 0 } as const
  return {
    known: sizedStatement((size) =>
      dialect.selectFrom('inbox').select('id').where('source', '=', '').where('id', 'in', standIns(size, '')),
    ),
    insert: sizedStatement((size) =>
      dialect
        .insertInto('inbox')
        .values(standIns(size, row))
        .onConflict((conflict) => conflict.columns(['source', 'id']).doNothing())
        .returning(['source', 'id']),
    ),
    settle: sizedStatement(() =>
      dialect
        .updateTable('inbox')
        .set({ state: 'waiting', reason: '', finding: '', about: '', settled: 0 })
        .set((row) => ({ owner: row.lit(null), lease: row.lit(null) }))
        .where('source', '=', '')
        .where('id', '=', '')
        .where('owner', '=', '')
        .where('state', '=', sql.lit('waiting'))
        .returning('id'),
    ),
  }
}

/** What waits, of one source or of all. */
const depthOf = async (db: Db, source?: string): Promise<number> => {
  const all = db.selectFrom('inbox').where('state', '=', 'waiting')
  const wanted = source === undefined ? all : all.where('source', '=', source)
  const row = await wanted.select((rows) => rows.fn.countAll<number>().as('items')).executeTakeFirstOrThrow()
  return Number(row.items)
}

const nameOf = (source: string, id: string): string => `${source} ${id}`

/** The bound is on what waits, per source: settled items only wait for their 30 days to pass. */
const put = async (
  db: Db,
  { known, insert }: Statements,
  items: readonly InboxArrival[],
  bound: number,
): Promise<readonly InboxPut[]> => {
  const puts = new Map<InboxArrival, InboxPut>()
  for (const [source, theirs] of Map.groupBy(items, (item) => item.source)) {
    const found = await overKeys(db, known, [source], [...new Set(theirs.map(({ id }) => id))])
    const here = new Set(found.map(({ id }) => id))
    let room = bound - (await depthOf(db, source))
    for (const item of theirs) {
      const known = here.has(item.id)
      if (!known && room > 0) {
        here.add(item.id)
        room--
        puts.set(item, 'kept')
      } else puts.set(item, known ? 'known' : 'full')
    }
  }
  // In one order everywhere: two instances that are sent the same messages would otherwise wait for each other.
  const fresh = items
    .filter((item) => puts.get(item) === 'kept')
    .map((item) => ({ item, name: nameOf(item.source, item.id) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const written = await writeReturning(db, insert, fresh, ({ item }) => [
    ...[item.source, item.id, item.receivedAt, JSON.stringify(item.headers), item.body, 'waiting'],
    ...[item.held?.owner ?? null, item.held?.until ?? null],
  ])
  // What is missing there came to another instance since we looked: its reader has it, not ours.
  const ours = new Set(written.map(({ source, id }) => nameOf(source, id)))
  for (const { item, name } of fresh) if (!ours.has(name)) puts.set(item, 'known')
  return items.map((item) => puts.get(item) ?? 'full')
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

const look = async (db: Db, { sources, state, reasoned, about, before, limit }: InboxLook): Promise<InboxLine[]> => {
  if (sources.length === 0) return []
  let wanted = db
    .selectFrom('inbox')
    .select(['source', 'id', 'received', 'headers', 'state', 'reason', 'finding', 'settled'])
    .select(sql<number>`length(body)`.as('bytes'))
    .where('source', 'in', sources)
  if (state !== null) wanted = wanted.where('state', '=', state)
  if (reasoned !== null) wanted = wanted.where('reason', reasoned ? '!=' : '=', '')
  if (about !== null) wanted = wanted.where('about', '=', about)
  if (before !== null) {
    const { receivedAt, id } = before
    wanted = wanted.where((row) =>
      row.or([row('received', '<', receivedAt), row.and([row('received', '=', receivedAt), row('id', '<', id)])]),
    )
  }
  const rows = await wanted.orderBy('received', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    receivedAt: row.received,
    headers: JSON.parse(row.headers) as Readonly<Record<string, string>>,
    bytes: Number(row.bytes),
    state: row.state,
    reason: row.reason ?? '',
    finding: row.finding === null ? null : (JSON.parse(row.finding) as Json),
    settledAt: row.settled,
  }))
}

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
