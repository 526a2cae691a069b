import type { Db } from './open-database.ts'
import type { Rows } from './rows.ts'

const slice = 500

/**
 * Lets go of the rows that a collection keeps no more, oldest first by its `retention.by`, a few hundred at a time.
 * The log keeps every entry, so nothing is lost. False when there was nothing to do.
 */
export const retain = (db: Db, rows: Rows): boolean => {
  const { retention } = rows.table.definition
  const excess = rows.table.rows() - retention.rows
  if (excess <= 0) return false
  const keys = rows.table.oldest(retention.by, Math.min(slice, excess))
  const due = db.transaction(() => rows.put(new Map(keys.map((key) => [key, null] as const))))()
  due()
  return true
}
