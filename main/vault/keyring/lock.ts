import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3-multiple-ciphers'
import { LibralError } from '#protocol/errors.ts'

/**
 * Holds the keyring for this process: app and command line share it, one at a time. The lock is SQLite's exclusive one
 * on an empty file, which the operating system takes back when the process dies.
 * @throws LibralError `vault.in-use`
 */
export function lockKeyring(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = new Database(join(directory, 'keyring.lock'), { timeout: 0 })
  try {
    lock.pragma('journal_mode = memory')
    lock.exec('begin exclusive')
  } catch (thrown) {
    lock.close()
    const busy = thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY')
    throw busy ? new LibralError('vault.in-use', {}, { cause: thrown }) : thrown
  }
  return () => lock.close()
}
