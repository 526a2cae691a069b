import { join } from 'node:path'
import type { DesktopState } from '#protocol/desktop.ts'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import type { ApplierEvents } from './applier.ts'
import type { WorkerOptions } from './messages.ts'
import {
  type DatabaseOptions,
  type Db,
  isBroken,
  isFull,
  openDatabase,
  openOrReplace,
  removeFile,
  setFileAside,
} from './open-database.ts'
import { migrate } from './schema.ts'
import { createStore, type Store } from './store.ts'

type ReplicaState = DesktopState['replica']['state']

/**
 * Keeps a store open whatever the disk does: a file that can't be used is set aside and begun anew; where nothing can
 * be opened or written it says `failed` and tries again at the next use.
 */
export interface Keeper {
  /** @throws LibralError `replica.unavailable`, `storage.full` */
  store(): Store
  state(): ReplicaState
  /** Runs with the store; a failure of the disk becomes a state of the replica and a code. */
  guard<T>(work: (store: Store) => T): T
  /** Begins an empty file: the collections belong to another deployment. */
  discard(): void
  close(): void
}

export interface KeeperEvents extends ApplierEvents {
  readonly state: (state: ReplicaState, setAside: string | null) => void
  /** The store of before is gone: whatever was being applied to it has to begin again. */
  readonly lost: (failure: ErrorCode) => void
  /** What it was, for the log. */
  readonly trouble: (error: unknown) => void
}

export const replicaFile = (ephemeral: boolean): string => (ephemeral ? 'replica.run.db' : 'replica.db')
const retryMs = 1_000

export const createKeeper = (options: WorkerOptions, events: KeeperEvents): Keeper => {
  const path = join(options.directory, replicaFile(options.ephemeral))
  const file: DatabaseOptions = { path, key: options.key, synchronous: 'NORMAL', maxPages: options.maxPages }
  let store: Store | null = null
  let state: ReplicaState = 'opening'
  let failedAt = 0
  let failure: ErrorCode = 'replica.unavailable'

  const enter = (next: ReplicaState, setAside: string | null): void => {
    if (state === next && setAside === null) return
    state = next
    events.state(next, setAside)
  }

  const migrated = (db: Db): Store => {
    if (migrate(db)) return createStore(db, events)
    db.close()
    return createStore(anew(), events)
  }

  /** A newer build's file, or one whose tables can't be read: it goes aside, an empty one takes its place. */
  const anew = (): Db => {
    enter('rebuilding', setFileAside(path, Date.now()))
    const db = openDatabase(file)
    migrate(db)
    return db
  }

  const open = (): Store => {
    const { db, setAside } = openOrReplace(file, Date.now)
    if (setAside !== null) enter('rebuilding', setAside)
    try {
      return migrated(db)
    } catch (error) {
      db.close()
      if (!isBroken(error)) throw error
      return createStore(anew(), events)
    }
  }

  const fail = (error: unknown): LibralError => {
    events.trouble(error)
    closeQuietly()
    failedAt = Date.now()
    failure = isFull(error) ? 'storage.full' : 'replica.unavailable'
    enter('failed', null)
    events.lost(failure)
    return new LibralError(failure, {}, { cause: error })
  }

  const closeQuietly = (): void => {
    try {
      store?.close()
    } catch {
      // A database that fails to close is given up all the same.
    }
    store = null
  }

  const get = (): Store => {
    if (store !== null) return store
    if (state === 'failed' && Date.now() - failedAt < retryMs) throw new LibralError(failure)
    try {
      store = open()
      enter('ready', null)
      return store
    } catch (error) {
      throw fail(error)
    }
  }

  const guard = <T>(work: (store: Store) => T): T => {
    const open = get()
    try {
      return work(open)
    } catch (error) {
      if (error instanceof LibralError) throw error
      if (!isBroken(error)) throw fail(error)
      events.trouble(error)
      closeQuietly()
      enter('rebuilding', setFileAside(path, Date.now()))
      events.lost('replica.unavailable')
      get()
      throw new LibralError('replica.unavailable', {}, { cause: error })
    }
  }

  if (options.ephemeral) removeFile(path)
  if (options.suspect) enter('rebuilding', setFileAside(path, Date.now()))
  return {
    store: get,
    state: () => state,
    guard,
    discard: () => {
      closeQuietly()
      removeFile(path)
      get()
    },
    close: () => {
      closeQuietly()
      if (options.ephemeral) removeFile(path)
    },
  }
}
