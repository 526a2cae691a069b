import { constants } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import { databaseFile } from '../host.ts'
import { type BackupInfo, inspectBackup, readBackup } from '../storage/sqlite/backup.ts'
import { openSqlite } from '../storage/sqlite/engine.ts'
import { copyLive } from '../storage/sqlite/live-copy.ts'
import { verifyRoot } from './verify-root.ts'

/** Where a deployment's data lie and what opens them. */
export interface Place {
  readonly directory: string
  /** 32 bytes. */
  readonly key: Uint8Array
  /** The backup. Its keys (log key, service keys, sealed under the storage key) lie beside it as `FILE.keys`. */
  readonly file: string
}

const keysOf = (directory: string): string => join(directory, 'deployment.keys')
const keysBeside = (file: string): string => `${file}.keys`

/**
 * Copies a deployment, also while its backend runs and takes commands: everything that was acknowledged before the copy
 * begins is in it. The copy is encrypted as the original and its root computed anew.
 * @throws LibralError `backup.target-exists`, `storage.full`, `storage.unreadable`, `log.broken`
 */
export const backUp = async ({ directory, key, file }: Place): Promise<BackupInfo> => {
  await copyStore(databaseFile(directory), key, file)
  try {
    await readBackup(file, key, verifyRoot)
    await copyNew(keysOf(directory), keysBeside(file))
  } catch (thrown) {
    return undo(file)(thrown)
  }
  return inspectBackup(file, key)
}

const copyStore = async (database: string, key: Uint8Array, target: string): Promise<void> => {
  const storage = await openSqlite({ engine: 'sqlite', file: database, key }).catch(whileInUse)
  if (storage === null) return copyLive({ file: database, key, target })
  await storage.backup(target).finally(() => storage.close())
}

/** @returns null when a backend runs on it */
const whileInUse = (thrown: unknown): null => {
  if (thrown instanceof LibralError && thrown.code === 'storage.locked') return null
  throw thrown
}

const undo =
  (...files: readonly string[]) =>
  async (thrown: unknown): Promise<never> => {
    for (const file of files) await rm(file, { force: true })
    throw thrown
  }

const copyNew = async (from: string, to: string): Promise<void> => {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : ''
    if (code === 'EEXIST') throw new LibralError('backup.target-exists')
    if (code === 'ENOENT') throw new LibralError('backup.not-a-backup')
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new LibralError('storage.full')
    throw thrown
  }
}
