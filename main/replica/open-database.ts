import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3-multiple-ciphers'

export type Db = Database.Database
export type Statement = Database.Statement

export interface DatabaseOptions {
  readonly path: string
  /** 32 bytes in hexadecimal. */
  readonly key: string
  /** NORMAL where the file can be rebuilt; FULL where an answer promises durability. */
  readonly synchronous: 'NORMAL' | 'FULL'
  readonly maxPages: number | null
}

const sidecars = ['', '-wal', '-shm'] as const
const keptBroken = 3

/**
 * Opens (or makes) an encrypted SQLite file in WAL mode and reads its schema, so that a wrong key or a broken header
 * shows here. AEGIS-256 costs about half of ChaCha20 per page where the processor has AES instructions.
 * @throws SqliteError `SQLITE_NOTADB`, `SQLITE_CORRUPT`, `SQLITE_FULL`, `SQLITE_CANTOPEN`
 */
export const openDatabase = ({ path, key, synchronous, maxPages }: DatabaseOptions): Db => {
  const db = new Database(path)
  try {
    db.pragma("cipher = 'aegis'")
    db.pragma(`key = "raw:${key}"`)
    db.pragma('journal_mode = WAL')
    db.pragma(`synchronous = ${synchronous}`)
    db.pragma('wal_autocheckpoint = 8000')
    db.pragma('journal_size_limit = 67108864')
    db.pragma('temp_store = MEMORY')
    db.pragma('cache_size = -16000')
    if (maxPages !== null) db.pragma(`max_page_count = ${maxPages}`)
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The SQLite result code of a thrown error, or an empty text. */
export const sqliteCode = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : '')

/** True where the file itself is the trouble: damaged, cut short, or not readable with this key. */
export const isBroken = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(sqliteCode(error))

/** True where there was no room to write. */
export const isFull = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR_WRITE|IOERR_SHMSIZE|IOERR_FSYNC)/.test(sqliteCode(error))

/** Renames a file that can't be used, with its side files; keeps the newest three of them. Answers its new name. */
export const setFileAside = (path: string, now: number): string => {
  const stamp = new Date(now).toISOString().replaceAll(':', '').replace('.', '-')
  const name = `${basename(path)}.broken-${stamp}`
  for (const sidecar of sidecars) {
    if (existsSync(path + sidecar)) renameSync(path + sidecar, join(dirname(path), name + sidecar))
  }
  dropOldBroken(path)
  return name
}

const dropOldBroken = (path: string): void => {
  const prefix = `${basename(path)}.broken-`
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix) && !/-(wal|shm)$/.test(name))
  for (const name of names.sort().slice(0, -keptBroken)) removeFile(join(dirname(path), name))
}

/** Removes a database with its side files. */
export const removeFile = (path: string): void => {
  for (const sidecar of sidecars) rmSync(path + sidecar, { force: true })
}

/** Opens the file; one that can't be used is set aside and replaced by an empty one. */
export const openOrReplace = (
  options: DatabaseOptions,
  now: () => number,
): { readonly db: Db; readonly setAside: string | null } => {
  try {
    return { db: openDatabase(options), setAside: null }
  } catch (error) {
    if (!isBroken(error)) throw error
    const setAside = setFileAside(options.path, now())
    return { db: openDatabase(options), setAside }
  }
}
