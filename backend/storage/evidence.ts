import { sql } from 'kysely'
import type { Engine } from './engine.ts'
import type { EvidenceReader, EvidenceStore, EvidenceWriter } from './port.ts'
import type { Db } from './schema.ts'
import { plainBytes } from './statements.ts'

/** Evidence beside the log, on a connection or inside a transaction. */
export const evidenceReader = (db: Db): EvidenceReader => ({
  named: async (from, to, after, limit) => {
    const rows = await db
      .selectFrom('evidence_named as named')
      .innerJoin('evidence', 'evidence.digest', 'named.digest')
      .select(['named.entry', 'named.digest', sql<number | string>`length(evidence.bytes)`.as('bytes')])
      .where('named.entry', '>=', from)
      .where('named.entry', '<', to)
      .where(({ or, and, eb }) =>
        after === null
          ? eb.lit(true)
          : or([
              eb('named.entry', '>', after.index),
              and([eb('named.entry', '=', after.index), eb('named.digest', '>', after.digest)]),
            ]),
      )
      .orderBy('named.entry')
      .orderBy('named.digest')
      .limit(limit)
      .execute()
    return rows.map(({ entry, digest, bytes }) => ({ index: entry, digest, bytes: Number(bytes) }))
  },
  bytes: async (digest) => {
    const row = await db.selectFrom('evidence').select('bytes').where('digest', '=', digest).executeTakeFirst()
    return row === undefined ? null : plainBytes(row.bytes)
  },
})

export const evidenceWriter = (db: Db): EvidenceWriter => ({
  kept: async (digests) => {
    if (digests.length === 0) return new Set()
    const rows = await db
      .selectFrom('evidence')
      .select('digest')
      .where('digest', 'in', [...digests])
      .execute()
    return new Set(rows.map(({ digest }) => digest))
  },
  name: async (entry, digests) => {
    if (digests.length === 0) return
    await db
      .insertInto('evidence_named')
      .values(digests.map((digest) => ({ entry, digest })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },
})

export const evidenceStore = (engine: Engine): EvidenceStore => ({
  keep: (digest, bytes, at) =>
    engine.transact(async (db) => {
      await db
        .insertInto('evidence')
        .values({ digest, bytes, at })
        .onConflict((conflict) => conflict.column('digest').doUpdateSet({ at }))
        .execute()
    }),
  // Under the writer's lock: an entry that is being made may be about to name one of them.
  sweep: async (before) => {
    for (let total = 0; ; ) {
      const swept = await engine.write((db) => sweepSlice(db, before))
      total += swept
      if (swept < sliceItems) return total
    }
  },
})

/** Deleted in one transaction, so that commands hardly wait. */
const sliceItems = 100

const sweepSlice = async (db: Db, before: number): Promise<number> => {
  const old = await db
    .selectFrom('evidence')
    .select('digest')
    .where('at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('evidence_named').select('entry').whereRef('evidence_named.digest', '=', 'evidence.digest')),
      ),
    )
    .limit(sliceItems)
    .execute()
  const digests = old.map(({ digest }) => digest)
  if (digests.length > 0) await db.deleteFrom('evidence').where('digest', 'in', digests).execute()
  return digests.length
}
