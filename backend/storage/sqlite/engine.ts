import { stat } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Engine } from '../engine.ts'
import { migrate } from '../migrations.ts'
import type { SqliteOptions, Storage } from '../port.ts'
import type { ColumnTypes } from '../schema.ts'
import { storageOver } from '../storage.ts'
import { type Connection, kyselyOver, openConnection } from './connection.ts'
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
  const release = lockFile(options.file)
  const opened: Connection[] = []
  try {
    const writer = openWriter(options)
    opened.push(writer)
    const writes = makeQueue()
    const db = kyselyOver(writer)
    // In the order in which they were asked for: no statement of one transaction ever runs inside another.
    const transact: Engine['transact'] = (work) => writes(() => db.transaction().execute(work))
    await migrate(transact, types)
    const reader = openConnection({ ...options, readonly: true, cacheKib: cacheKib.reader })
    opened.push(reader)
    return storageOver(
      engineOver({ ...options, reader, transact, snapshots: snapshotsOf(options, writer, writes) }, () => {
        for (const connection of opened) connection.close()
        release()
      }),
    )
  } catch (thrown) {
    for (const connection of opened) connection.close()
    release()
    throw thrown
  }
}

const openWriter = ({ file, key, maxPages }: SqliteOptions): Connection => {
  const writer = openConnection({ file, key, cacheKib: cacheKib.writer })
  writer.pragma('journal_mode = wal')
  writer.pragma('synchronous = full')
  writer.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  writer.pragma(`journal_size_limit = ${keptWalBytes}`)
  if (maxPages !== undefined) writer.pragma(`max_page_count = ${maxPages}`)
  return writer
}

interface Parts {
  readonly file: string
  readonly reader: Connection
  readonly transact: Engine['transact']
  readonly snapshots: Snapshots
}

const engineOver = ({ file, reader, transact, snapshots }: Parts, closeAll: () => void): Engine => {
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
