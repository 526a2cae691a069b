import { LibralError } from '#protocol/errors.ts'
import { logTables } from '../log.ts'
import type { Reader } from '../port.ts'
import { connect, settingsOf } from './connection.ts'
import { storageFailure } from './failure.ts'

/**
 * Reads a log where it lies, as it stood when the reading began: one transaction that can't write, while instances go on.
 * Nothing is migrated, no name is claimed: a role that may only select is enough.
 * @throws LibralError `storage.unavailable`, `storage.unreadable` where there are no tables of ours
 */
export const readPostgresLog = async <T>(
  url: string,
  work: (log: Pick<Reader, 'head' | 'entries'>) => Promise<T>,
): Promise<T> => {
  const db = connect(settingsOf({ engine: 'postgres', url }), { most: 1 })
  try {
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute((reading) => {
        const log = logTables(reading)
        return work({ head: () => log.head(reading), entries: log.reader(reading) })
      })
  } catch (thrown) {
    if (thrown instanceof LibralError) throw thrown
    const absent = thrown instanceof Error && 'code' in thrown && thrown.code === '42P01'
    throw absent
      ? new LibralError('storage.unreadable', { reason: 'missing' }, { cause: thrown })
      : storageFailure(thrown)
  } finally {
    await db.destroy()
  }
}
