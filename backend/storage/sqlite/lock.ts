import Database from 'better-sqlite3-multiple-ciphers'
import { LibralError } from '#protocol/errors.ts'
import { codeOf } from './failure.ts'

export type Release = () => void

/**
 * Holds `<file>.lock` for this process. The lock is SQLite's own exclusive lock on an empty file, which the operating
 * system takes back when the process dies: there is no stale lock to judge by its pid, and no race in taking it over.
 * The file itself stays; removing it would let two processes each hold a lock on a different file of the same name.
 * @throws LibralError `storage.locked` when anyone, this process included, holds it
 */
export const lockFile = (file: string): Release => {
  const lock = new Database(`${file}.lock`, { timeout: 0 })
  try {
    lock.pragma('journal_mode = memory')
    lock.exec('begin exclusive')
  } catch (thrown) {
    lock.close()
    if (codeOf(thrown)?.startsWith('SQLITE_BUSY')) throw new LibralError('storage.locked')
    throw thrown
  }
  return () => lock.close()
}
