import { sql } from 'kysely'
import type { CommandId } from '#protocol/ids.ts'
import type { Head, Reader, StoredEntry, StoredOutcome, Writer } from './port.ts'
import type { Db } from './schema.ts'
import { overKeys, plainBytes, type SizedStatement, sizedStatement, standIns, writeAll } from './statements.ts'

/** The log's tables: its head, entries and the hashes of complete subtrees. */
export interface LogTables {
  head(db: Db): Promise<Head>
  reader(db: Db): Reader['entries']
  writer(db: Db): Pick<Writer, 'append' | 'putNodes' | 'setHead'>
}

const hashBytes = 32

interface OutcomeRow {
  readonly id: string
  readonly position: number
  readonly digest: Uint8Array
  readonly at: number
}

export const logTables = (dialect: Db): LogTables => {
  const headOf = sizedStatement(() =>
    dialect.selectFrom('log_head').select(['size', 'frontier', 'epoch', 'collections']),
  )
  const outcomes: SizedStatement<OutcomeRow> = sizedStatement((size) =>
    dialect.selectFrom('entries').select(['id', 'position', 'digest', 'at']).where('id', 'in', standIns(size, '')),
  )
  const append = sizedStatement((size) => dialect.insertInto('entries').values(standIns(size, blankEntry)))
  const putNodes = sizedStatement((size) =>
    dialect
      .insertInto('nodes')
      .values(standIns(size, blankNode))
      .onConflict((conflict) =>
        conflict.columns(['level', 'position']).doUpdateSet((row) => ({ hash: row.ref('excluded.hash') })),
      ),
  )
  const setHead = sizedStatement(() => dialect.updateTable('log_head').set({ size: 0, frontier: noBytes, epoch: 0 }))

  return {
    head: async (db) => {
      const [row] = (await db.executeQuery(headOf(1, []))).rows
      if (row === undefined) throw new Error('log_head has no row')
      return { size: row.size, frontier: splitHashes(row.frontier), epoch: row.epoch, collections: row.collections }
    },
    reader: (db) => ({
      byIndex: (from, to) => entriesBetween(db, from, to),
      byIds: async (ids) => {
        const found = await overKeys(db, outcomes, [], ids)
        return new Map(found.map((row) => [row.id as CommandId, outcomeOf(row)]))
      },
      leaves: async (from, to) => {
        const query = db.selectFrom('entries').select('leaf').where('position', '>=', from).where('position', '<', to)
        return (await query.orderBy('position').execute()).map((row) => plainBytes(row.leaf))
      },
      bytesIn: async (from, to) => {
        const query = db.selectFrom('entries').where('position', '>=', from).where('position', '<', to)
        const sized = query.select(sql<number | string | null>`sum(length(bytes))`.as('bytes'))
        return Number((await sized.executeTakeFirst())?.bytes ?? 0)
      },
      nodes: async (level, from, to) => {
        const ofLevel = db.selectFrom('nodes').select('hash').where('level', '=', level)
        const query = ofLevel.where('position', '>=', from).where('position', '<', to).orderBy('position')
        return (await query.execute()).map((row) => plainBytes(row.hash))
      },
    }),
    writer: (db) => ({
      append: (entries) => writeAll(db, append, entries, (e) => [e.index, e.id, e.digest, e.at, e.leaf, e.bytes]),
      putNodes: (nodes) => writeAll(db, putNodes, nodes, (node) => [node.level, node.index, node.hash]),
      setHead: async (head) => {
        await db.executeQuery(setHead(1, [head.size, joinHashes(head.frontier), head.epoch]))
      },
    }),
  }
}

const noBytes = new Uint8Array()
const blankEntry = { position: 0, id: '', digest: noBytes, at: 0, leaf: noBytes, bytes: noBytes }
const blankNode = { level: 0, position: 0, hash: noBytes }

const outcomeOf = (row: OutcomeRow): StoredOutcome => ({
  index: row.position,
  digest: plainBytes(row.digest),
  at: row.at,
})

const entriesBetween = async (db: Db, from: number, to: number): Promise<readonly StoredEntry[]> => {
  const query = db.selectFrom('entries').selectAll().where('position', '>=', from).where('position', '<', to)
  return (await query.orderBy('position').execute()).map((row) => ({
    index: row.position,
    id: row.id as CommandId,
    digest: plainBytes(row.digest),
    at: row.at,
    bytes: plainBytes(row.bytes),
    leaf: plainBytes(row.leaf),
  }))
}

const splitHashes = (joined: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: joined.length / hashBytes }, (_, n) =>
    plainBytes(joined.subarray(n * hashBytes, (n + 1) * hashBytes)),
  )

const joinHashes = (hashes: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(hashes.length * hashBytes)
  for (const [n, hash] of hashes.entries()) joined.set(hash, n * hashBytes)
  return joined
}
