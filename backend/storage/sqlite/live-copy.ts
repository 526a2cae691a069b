import { open, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { LibralError } from '#protocol/errors.ts'
import type { CopyOptions } from './backup.ts'
import { type Connection, openConnection } from './connection.ts'
import { storageFailure } from './failure.ts'
import { copyBytes, createDatabaseFile } from './file-copy.ts'
import { standAlone } from './snapshot.ts'

/** Readers of the other process look at a state for milliseconds; one of them may stand in the way. */
const attempts = 100
const pauseMs = 50

/**
 * Copies a store that another process has open and goes on writing to. As in {@link snapshotsOf}, a reader that begins
 * when the whole write-ahead log stands in the file keeps the file as it is (https://sqlite.org/wal.html); here the
 * other process is kept from committing for the moment between the two.
 * @throws LibralError `backup.target-exists`, `storage.full`, `storage.unreadable`, `storage.locked` when the other
 *   process never lets go
 */
export const copyLive = async ({ file, key, target }: CopyOptions): Promise<void> => {
  const made = await createDatabaseFile(target)
  const source = await open(file, 'r')
  try {
    const pinned = await pin(file, key)
    await copyBytes(source, made, pinned.bytes).finally(pinned.release)
    await made.close()
    standAlone(target, key)
  } catch (thrown) {
    await made.close().catch(() => undefined)
    await rm(target, { force: true })
    throw storageFailure(thrown)
  } finally {
    // Last, since closing it drops this process's locks on the file.
    await source.close()
  }
}

interface Pinned {
  readonly bytes: number
  release(): void
}

const pin = async (file: string, key: Uint8Array): Promise<Pinned> => {
  const connect = (readonly: boolean): Connection =>
    openConnection({ file, key, readonly, mustExist: true, cacheKib: 64 })
  const holder = connect(false)
  const mover = connect(false)
  const reader = connect(true)
  const release = (): void => {
    for (const connection of [reader, mover, holder]) connection.close()
  }
  try {
    for (let n = 0; n < attempts; n++) {
      if (pinNow(holder, mover, reader)) return { bytes: bytesOf(reader), release }
      await pause(pauseMs)
    }
    throw new LibralError('storage.locked', { reason: 'in-use' })
  } catch (thrown) {
    release()
    throw thrown
  }
}

/** @returns false when a reader of the other process keeps the log from being moved */
const pinNow = (holder: Connection, mover: Connection, reader: Connection): boolean => {
  holder.exec('begin immediate')
  try {
    const [moved] = mover.pragma('wal_checkpoint(passive)') as readonly { log: number; checkpointed: number }[]
    if (moved === undefined || moved.log < 0 || moved.log !== moved.checkpointed) return false
    reader.exec('begin')
    reader.prepare('select size from log_head').get()
    return true
  } finally {
    holder.exec('rollback')
  }
}

const bytesOf = (reader: Connection): number => {
  const figure = (name: string): number => Number(reader.pragma(name, { simple: true }))
  return figure('page_count') * figure('page_size')
}
