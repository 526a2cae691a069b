import { sql } from 'kysely'
import type { Engine } from './engine.ts'
import type { PublishedHead, WitnessReader, WitnessStore } from './port.ts'
import type { Db } from './schema.ts'
import { plainBytes } from './statements.ts'

const dayMs = 86_400_000

/** Published heads and the cosignatures under them, on a connection. */
export const witnessReader = (db: Db): WitnessReader => ({
  newest: async () => {
    const row = await db.selectFrom('checkpoints').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst()
    return row === undefined ? null : headOf(row)
  },
  heads: async (from, limit) => {
    const cosigned = db.selectFrom('checkpoints').selectAll().where('size', '>=', from)
    return (await cosigned.orderBy('size').limit(limit).execute()).map(headOf)
  },
  latest: async (limit) => {
    const rows = await db.selectFrom('checkpoints').selectAll().orderBy('size', 'desc').limit(limit).execute()
    return rows.map(headOf)
  },
  cosignatures: async (sizes) => {
    if (sizes.length === 0) return []
    const rows = await db
      .selectFrom('cosignatures')
      .selectAll()
      .where('size', 'in', [...sizes])
      .orderBy('size')
      .orderBy('at')
      .orderBy('witness')
      .execute()
    return rows.map((row) => ({ ...row, line: plainBytes(row.line) }))
  },
})

export const witnessStore = (engine: Engine): WitnessStore => ({
  ...witnessReader(engine.reads),
  publish: (head) =>
    engine.transact(async (db) => {
      await db
        .insertInto('checkpoints')
        .values({ ...head })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }),
  cosign: ({ size, witness, operator, at, line }, { all, each }) =>
    engine.transact(async (db) => {
      const head = await db.selectFrom('checkpoints').select('size').where('size', '=', size).executeTakeFirst()
      if (head === undefined) return 'unknown'
      const there = await db
        .selectFrom('cosignatures')
        .select(['witness', 'operator'])
        .where('size', '=', size)
        .execute()
      const others = there.filter((row) => row.witness !== witness)
      const theirs = others.filter((row) => row.operator === operator)
      if (others.length >= all || theirs.length >= each) return 'enough'
      await db
        .insertInto('cosignatures')
        .values({ size, witness, operator, at, line })
        .onConflict((conflict) => conflict.columns(['size', 'witness']).doUpdateSet({ operator, at, line }))
        .execute()
      return 'kept'
    }),
  thin: (before) =>
    engine.transact(async (db) => {
      // Of each past day the last head stays; the days are those of UTC, and the division is of whole numbers.
      await sql`delete from checkpoints where at < ${before} and exists (
        select 1 from checkpoints later
        where later.size > checkpoints.size and later.at / ${sql.lit(dayMs)} = checkpoints.at / ${sql.lit(dayMs)})`.execute(
        db,
      )
      await sql`delete from cosignatures where size not in (select size from checkpoints)`.execute(db)
    }),
})

const headOf = ({ size, root, at }: PublishedHead): PublishedHead => ({ size, root: plainBytes(root), at })
