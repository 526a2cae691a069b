import { sql } from 'kysely'
import type { SealedReader, SealedWriter, StoredKey, StoredToken } from './port.ts'
import type { Db, Schema } from './schema.ts'
import { plainBytes } from './statements.ts'

const storedKey = (row: Schema['subject_keys']): StoredKey => ({ ...row, wrapped: plainBytes(row.wrapped) })
const storedToken = ({ row_key: row, token, ...rest }: Schema['sealed_index']): StoredToken => ({
  ...rest,
  row,
  token: plainBytes(token),
})

/** Wrapped keys and search tokens, on a connection or inside a transaction. */
export const sealedReader = (db: Db): SealedReader => ({
  wrapped: async (subject, custodian) => {
    const mine = db.selectFrom('subject_keys').selectAll().where('subject', '=', subject)
    const rows = await mine.where('custodian', '=', custodian).orderBy('key').orderBy('fingerprint').execute()
    return rows.map(storedKey)
  },
  lacking: async (sealClass, from, holder, after, limit) => {
    const rows = await db
      .selectFrom('subject_keys as has')
      .selectAll('has')
      .where('has.class', '=', sealClass)
      .where('has.custodian', '=', from)
      .where('has.key', '>', after ?? '')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('subject_keys as wanted')
              .select('wanted.key')
              .whereRef('wanted.key', '=', 'has.key')
              .where('wanted.custodian', '=', holder.custodian)
              .where('wanted.fingerprint', '=', holder.fingerprint),
          ),
        ),
      )
      // Under two certificates of one custodian a key has two rows: any of them will do.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('subject_keys as twin')
              .select('twin.key')
              .whereRef('twin.key', '=', 'has.key')
              .whereRef('twin.custodian', '=', 'has.custodian')
              .whereRef('twin.fingerprint', '>', 'has.fingerprint'),
          ),
        ),
      )
      .orderBy('has.key')
      .limit(limit)
      .execute()
    return rows.map(storedKey)
  },
  coverage: async (sealClass) => {
    const ofClass = db.selectFrom('subject_keys').where('class', '=', sealClass)
    const counted = sql<number>`count(distinct key)`.as('keys')
    const about = sql<number>`count(distinct subject)`.as('subjects')
    const all = await ofClass.select([counted, about]).executeTakeFirstOrThrow()
    const holders = await ofClass
      .select(['custodian', 'fingerprint', counted, about])
      .groupBy(['custodian', 'fingerprint'])
      .orderBy('custodian')
      .orderBy('fingerprint')
      .execute()
    return {
      keys: Number(all.keys),
      subjects: Number(all.subjects),
      holders: holders.map(({ keys, subjects, ...holder }) => ({
        ...holder,
        keys: Number(keys),
        subjects: Number(subjects),
      })),
    }
  },
  ofKeys: async (keys) => {
    if (keys.length === 0) return []
    const rows = await db.selectFrom('subject_keys').selectAll().where('key', 'in', keys).execute()
    return rows.map(storedKey)
  },
  lost: async (sealClass, custodians) => {
    const ofClass = db
      .selectFrom('subject_keys as one')
      .select(sql<number>`count(distinct one.key)`.as('keys'))
      .where('one.class', '=', sealClass)
    const orphans =
      custodians.length === 0
        ? ofClass
        : ofClass.where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('subject_keys as held')
                  .select('held.key')
                  .whereRef('held.key', '=', 'one.key')
                  .where('held.custodian', 'in', custodians),
              ),
            ),
          )
    return Number((await orphans.executeTakeFirstOrThrow()).keys)
  },
  find: async (collection, field, token) => {
    const rows = await db
      .selectFrom('sealed_index')
      .select('row_key')
      .where('collection', '=', collection)
      .where('field', '=', field)
      .where('token', '=', token)
      .orderBy('row_key')
      .limit(100)
      .execute()
    return rows.map(({ row_key }) => row_key)
  },
  keys: async (after, limit) => {
    const all = db.selectFrom('subject_keys').selectAll()
    const rest =
      after === null
        ? all
        : all.where(
            sql<boolean>`(key, custodian, fingerprint) > (${after.key}, ${after.custodian}, ${after.fingerprint})`,
          )
    const rows = await rest.orderBy('key').orderBy('custodian').orderBy('fingerprint').limit(limit).execute()
    return rows.map(storedKey)
  },
  tokens: async (after, limit) => {
    const all = db.selectFrom('sealed_index').selectAll()
    const rest =
      after === null
        ? all
        : all.where(sql<boolean>`(collection, row_key, field) > (${after.collection}, ${after.row}, ${after.field})`)
    const rows = await rest.orderBy('collection').orderBy('row_key').orderBy('field').limit(limit).execute()
    return rows.map(storedToken)
  },
})

export const sealedWriter = (db: Db): SealedWriter => ({
  putKeys: async (keys) => {
    let added = 0
    for (const key of keys) {
      const done = await db
        .insertInto('subject_keys')
        .values({ ...key })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      added += Number(done.numInsertedOrUpdatedRows ?? 0n)
    }
    return added
  },
  putTokens: async (tokens) => {
    for (const { collection, row, field, subject, token } of tokens) {
      if (token === null) {
        const one = db.deleteFrom('sealed_index').where('collection', '=', collection)
        await one.where('row_key', '=', row).where('field', '=', field).execute()
        continue
      }
      await db
        .insertInto('sealed_index')
        .values({ collection, row_key: row, field, subject, token })
        .onConflict((conflict) => conflict.columns(['collection', 'row_key', 'field']).doUpdateSet({ subject, token }))
        .execute()
    }
  },
  erase: async (subject) => {
    await db.deleteFrom('subject_keys').where('subject', '=', subject).execute()
    await db.deleteFrom('sealed_index').where('subject', '=', subject).execute()
  },
  drop: async (sealClass, custodian, keep) => {
    const held = db.deleteFrom('subject_keys').where('class', '=', sealClass).where('custodian', '=', custodian)
    await (keep === null ? held : held.where('fingerprint', '!=', keep)).execute()
  },
})
