import Database from 'better-sqlite3-multiple-ciphers'
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely'
import type { Db, Schema } from '../schema.ts'
import { storageFailure } from './failure.ts'

export type Connection = InstanceType<typeof Database>

export interface ConnectionOptions {
  readonly file: string
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly readonly?: boolean
  readonly mustExist?: boolean
  readonly cacheKib: number
}

/** Chosen when a file is made; entries of about 1 KB leave less of a page unused than with 4 KiB. */
export const pageBytes = 8192

const busyMs = 5000

/**
 * Opens an encrypted file: AEGIS-256 over each page, its tag checked at every read, under the key itself, so that
 * opening derives nothing (docs/decisions/0002-encrypted-sqlite.md). What SQLite would put into temporary files, which
 * are not encrypted, stays in memory.
 * @throws LibralError `storage.unreadable` for another key or a file that is not ours
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { file, key, readonly = false, mustExist = readonly, cacheKib } = options
  if (key.length !== 32) throw new RangeError('the key of a store has 32 bytes')
  const connection = new Database(file, { readonly, fileMustExist: mustExist, timeout: busyMs })
  try {
    connection.pragma(`cipher = 'aegis'`)
    const rawKey = Buffer.concat([Buffer.from('raw:'), key])
    connection.key(rawKey)
    rawKey.fill(0)
    connection.pragma(`page_size = ${pageBytes}`)
    connection.pragma('temp_store = memory')
    connection.pragma('mmap_size = 0')
    connection.pragma('foreign_keys = off')
    connection.pragma(`cache_size = -${cacheKib}`)
    // The first page that is read tells whether the key fits.
    connection.prepare('select count(*) from sqlite_master').get()
    return connection
  } catch (thrown) {
    connection.close()
    throw storageFailure(thrown)
  }
}

/** Kysely over a connection. Statements are prepared once, and SQLite's failures leave as ours. */
export const kyselyOver = (connection: Connection): Db =>
  new Kysely<Schema>({
    dialect: new SqliteDialect({ database: { prepare: preparer(connection), close: () => connection.close() } }),
  })

/** More than the program has; only lists of odd lengths could ever push others out. */
const keptStatements = 200

/**
 * Only transactions that write are begun through Kysely. One that took the write lock with its first change alone would
 * fail at once where a live copy holds it for a moment: SQLite waits for nobody who has already read.
 */
const writing = 'begin immediate'

const preparer = (connection: Connection): ((sql: string) => SqliteStatement) => {
  const kept = new Map<string, SqliteStatement>()
  return (sql) => {
    // SQLite has already undone a transaction that failed for want of space; Kysely then asks for it once more.
    if (sql === 'rollback' && !connection.inTransaction) return nothing
    const known = kept.get(sql)
    if (known !== undefined) return known
    const statement = failingAsOurs(connection, sql === 'begin' ? writing : sql)
    const oldest = kept.size < keptStatements ? undefined : kept.keys().next().value
    if (oldest !== undefined) kept.delete(oldest)
    kept.set(sql, statement)
    return statement
  }
}

const failingAsOurs = (connection: Connection, sql: string): SqliteStatement => {
  const statement = asOurs(() => connection.prepare<unknown[]>(sql))
  return {
    reader: statement.reader,
    all: (values) => asOurs(() => statement.all(...values)),
    run: (values) => asOurs(() => statement.run(...values)),
    iterate: (values) => asOurs(() => statement.iterate(...values)),
  }
}

const asOurs = <T>(action: () => T): T => {
  try {
    return action()
  } catch (thrown) {
    throw storageFailure(thrown)
  }
}

const nothing: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}
