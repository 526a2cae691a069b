import type { ColumnTypes, Db } from './schema.ts'

/**
 * What an engine brings: two ways to reach the tables and what only it can do. Everything else is written once. Failures
 * of the engine leave as LibralError: `storage.full`, `storage.unreadable`.
 */
export interface Engine {
  readonly name: 'sqlite' | 'postgres'
  readonly types: ColumnTypes
  /** Several connections write at once, so claims must lock rows and skip what others hold. */
  readonly locksRows: boolean
  /** Reads committed data; never sees a transaction under way. */
  readonly reads: Db
  /** One transaction, durable when the promise resolves, undone whole when `work` throws. Calls may queue. */
  transact<T>(work: (db: Db) => Promise<T>): Promise<T>
  sizeBytes(): Promise<{ readonly data: number; readonly freePages: number; readonly wal: number }>
  backup(file: string): Promise<void>
  close(): Promise<void>
}
