import { type FileHandle, open, rm } from 'node:fs/promises'
import type { SqliteOptions } from '../port.ts'
import { type Connection, openConnection } from './connection.ts'
import { storageFailure } from './failure.ts'
import { copyBytes, createDatabaseFile } from './file-copy.ts'
import { makeQueue, type Queue } from './queue.ts'

/** Copies of the file while it is in use. */
export interface Snapshots {
  /** @throws LibralError `backup.target-exists`, `storage.full` */
  copyTo(target: string): Promise<void>
  /** Waits for a copy under way, then calls `closeStore`, then lets go of the file. */
  close(closeStore: () => void): Promise<void>
}

/**
 * A reader that begins right after a full checkpoint reads the file alone, and as long as it does, SQLite moves nothing
 * from the write-ahead log into it (https://sqlite.org/wal.html, "Concurrency"). So the file's bytes are one committed
 * state, and copying them, encrypted as they are, takes hardly any time of this thread; commands flow on into the
 * write-ahead log.
 */
export const snapshotsOf = (options: SqliteOptions, writer: Connection, writes: Queue): Snapshots => {
  const copies = makeQueue()
  // Closing any handle of a file drops the process's POSIX locks on it, SQLite's too, so this one lives as long as they.
  let source: FileHandle | undefined

  const copy = async (target: string): Promise<void> => {
    const made = await createDatabaseFile(target)
    try {
      source ??= await open(options.file, 'r')
      const pinned = await writes(async () => pinFile(options, writer))
      await copyBytes(source, made, pinned.bytes).finally(pinned.release)
      await made.close()
      standAlone(target, options.key)
    } catch (thrown) {
      await made.close().catch(() => undefined)
      await rm(target, { force: true })
      throw storageFailure(thrown)
    }
  }

  return {
    copyTo: (target) => copies(() => copy(target)),
    close: async (closeStore) => {
      await copies(async () => closeStore())
      await source?.close()
    },
  }
}

/** Decrypted pages kept by a connection that looks at a page or two. */
const briefCacheKib = 64

const pinFile = ({ file, key }: SqliteOptions, writer: Connection) => {
  const [checkpoint] = writer.pragma('wal_checkpoint(truncate)') as readonly { readonly busy: number }[]
  if (checkpoint?.busy !== 0) throw new Error('the write-ahead log is in use')
  const reader = openConnection({ file, key, readonly: true, cacheKib: briefCacheKib })
  reader.exec('begin')
  reader.prepare('select size from log_head').get()
  const figure = (name: string): number => Number(reader.pragma(name, { simple: true }))
  return { bytes: figure('page_count') * figure('page_size'), release: () => void reader.close() }
}

/** A backup is one file: out of write-ahead mode it can be read from where nothing may be written beside it. */
export const standAlone = (file: string, key: Uint8Array): void => {
  const connection = openConnection({ file, key, mustExist: true, cacheKib: briefCacheKib })
  try {
    connection.pragma('synchronous = full')
    connection.pragma('journal_mode = delete')
  } finally {
    connection.close()
  }
}
