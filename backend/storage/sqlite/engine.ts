import { stat } from 'node:fs/promises'
import { sql } from 'kysely'
import { LibralError } from '#protocol/errors.ts'
import type { Engine } from '../engine.ts'
import { migrate } from '../migrations.ts'
import type { SqliteOptions, Storage } from '../port.ts'
import type { ColumnTypes } from '../schema.ts'
import { storageOver } from '../storage.ts'
import { type Connection, kyselyOver, openConnection, pageBytes } from './connection.ts'
import { storageFailure } from './failure.ts'
import { lockFile } from './lock.ts'
import { makeQueue } from './queue.ts'
import { type Snapshots, snapshotsOf } from './snapshot.ts'

const types: ColumnTypes = {
  integer: sql`integer`,
  bytes: sql`blob`,
  text: sql`text`,
  clustered: sql`without rowid`,
}

/** KiB of decrypted pages kept by the connection that writes and by the one that reads. */
const cacheKib = { writer: 16_384, reader: 8_192 } as const

/** Pages in the write-ahead log at which a commit moves them into the file: 8 MiB, a stall of some 10 ms. */
const checkpointPages = 1024
/** What the write-ahead log may keep on disk once its pages have been moved, e.g. after a long backup. */
const keptWalBytes = 64 * 1024 * 1024

/**
 * Opens the embedded store, makes it when the file is absent, and brings its tables up to date. One process at a time.
 * @throws LibralError `storage.locked`, `storage.unreadable`, `storage.newer-version`, `storage.full`
 */
export const openSqlite = async (options: SqliteOptions): Promise<Storage> => {
  // The one that writes closes last: only it may move the write-ahead log into the file.
  const closers = [lockFile(options.file)]
  const closeAll = (): void => {
    for (const close of closers.splice(0)) close()
  }
  const connect = (how: { readonly readonly: boolean; readonly cacheKib: number }): Connection => {
    const connection = openConnection({ ...options, ...how })
    closers.unshift(() => connection.close())
    return connection
  }
  try {
    await refuseStump(options.file)
    const writer = connect({ readonly: false, cacheKib: cacheKib.writer })
    prepareWriter(writer, options.maxPages)
    const writes = makeQueue()
    const db = kyselyOver(writer)
    // In the order in which they were asked for: no statement of one transaction ever runs inside another.
    const transact: Engine['transact'] = (work) => writes(() => db.transaction().execute(work))
    // The write-ahead log is put on the disk with the next commit that waits for it, or before its pages are moved.
    const transactLightly: Engine['transactLightly'] = (work) =>
      writes(async () => {
        writer.pragma('synchronous = normal')
        try {
          return await db.transaction().execute(work)
        } finally {
          writer.pragma('synchronous = full')
        }
      })
    await migrate(transact, types)
    const reader = connect({ readonly: true, cacheKib: cacheKib.reader })
    const snapshots = snapshotsOf(options, writer, writes)
    return storageOver(engineOver({ file: options.file, reader, transact, transactLightly, snapshots, closeAll }))
  } catch (thrown) {
    closeAll()
    throw storageFailure(thrown)
  }
}

/**
 * SQLite would take a file of less than one page for a new one and throw away the log beside it, the last copy of what
 * the store holds.
 */
const refuseStump = async (file: string): Promise<void> => {
  const bytes = await bytesOf(file)
  const emptied = bytes === 0 && (await bytesOf(`${file}-wal`)) > 0
  if (emptied || (bytes > 0 && bytes < pageBytes)) throw new LibralError('storage.unreadable', { reason: 'cut' })
}

const bytesOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )

const prepareWriter = (writer: Connection, maxPages?: number): void => {
  writer.pragma('journal_mode = wal')
  writer.pragma('synchronous = full')
  writer.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  writer.pragma(`journal_size_limit = ${keptWalBytes}`)
  if (maxPages !== undefined) writer.pragma(`max_page_count = ${maxPages}`)
}

interface Parts {
  readonly file: string
  readonly reader: Connection
  readonly transact: Engine['transact']
  readonly transactLightly: Engine['transactLightly']
  readonly snapshots: Snapshots
  readonly closeAll: () => void
}

const engineOver = ({ file, reader, transact, transactLightly, snapshots, closeAll }: Parts): Engine => {
  // Runs behind what is queued; what is asked for later finds its connection closed.
  const close = async (): Promise<void> => {
    await transact(async () => undefined)
    await snapshots.close(closeAll)
  }
  let closed: Promise<void> | undefined
  return {
    name: 'sqlite',
    types,
    locksRows: false,
    reads: kyselyOver(reader),
    transact,
    transactLightly,
    // One process has the file open, and its transactions queue.
    write: transact,
    now: Date.now,
    wakeups: { publish: () => undefined, subscribe: () => () => undefined },
    sizeBytes: async () => {
      const figure = (name: string): number => Number(reader.pragma(name, { simple: true }))
      const wal = await stat(`${file}-wal`).catch(() => ({ size: 0 }))
      return { data: figure('page_count') * figure('page_size'), freePages: figure('freelist_count'), wal: wal.size }
    },
    backup: (target) => snapshots.copyTo(target),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}
