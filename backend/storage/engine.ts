import type { Instant } from '#protocol/ids.ts'
import type { DatabaseInventory } from '#protocol/telemetry.ts'
import type { Messages, Wakeups } from './port.ts'
import type { ColumnTypes, Db } from './schema.ts'

/**
 * What an engine brings: two ways to reach the tables and what only it can do. Everything else is written once. Failures
 * of the engine leave as LibralError: `storage.full`, `storage.unreadable`, `storage.unavailable`.
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
  /**
   * As {@link Engine.transact}, for what is done once more where it is missing: the disk is not waited for. A killed process
   * loses nothing of it, a machine that loses power the last moments; what is durable later makes it durable, too.
   */
  transactLightly<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** A transaction that keeps every other `write`, of every instance, waiting from its first read on. Calls queue. */
  write<T>(work: (db: Db) => Promise<T>): Promise<T>
  now(): Instant
  readonly wakeups: Wakeups
  readonly messages?: Messages
  readonly inspect?: () => Promise<DatabaseInventory>
  sizeBytes(): Promise<{ readonly data: number; readonly freePages: number; readonly wal: number }>
  backup(file: string): Promise<void>
  close(): Promise<void>
}
