import { existsSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogHead } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import type { Restoration, RestoreStatement } from '#protocol/log.ts'
import { toBase64url } from '#trust/bytes.ts'
import { rootOf } from '#trust/merkle.ts'
import { makeRestoration } from '#trust/restoration.ts'
import { beginRestored, databaseFile, restoringFile } from '../host.ts'
import { type KeptKeys, parseKeys, purpose, renamedKeys, signersOf, storeKeys } from '../kernel/deployment-keys.ts'
import { adoptKeys, readKeyFile, restoredKeyFile, writeNextKeys } from '../kernel/key-file.ts'
import { readSealed } from '../kernel/sealed-file.ts'
import { openPostgres } from '../storage/postgres/engine.ts'
import { type BackupInfo, copyBackup, inspectBackup } from '../storage/sqlite/backup.ts'
import { openSqlite } from '../storage/sqlite/engine.ts'
import type { Place } from './backup.ts'
import { verifyRoot } from './verify-root.ts'

/** Whose log a backup, or a database that was set back, holds: what an administrator is to sign. */
export interface Inspected {
  readonly deployment: DeploymentId
  readonly head: LogHead
}

/** What explains the break; the log's key signs it beside. */
export type Explained = { readonly statement: RestoreStatement } & Pick<Restoration, 'byOperator'>

export interface Restored extends Inspected {
  readonly bytes: number
}

/** A database on PostgreSQL that was set back to a backup, and the file with the deployment's keys. */
export interface SharedPlace {
  /** postgres://… */
  readonly database: string
  readonly file: string
}

const keysOf = (directory: string): string => join(directory, purpose)
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** @throws LibralError `backup.not-a-backup`, `backup.wrong-key` */
export const inspect = async ({ key, file }: Pick<Place, 'key' | 'file'>): Promise<Inspected> => {
  const { head } = await inspectBackup(file, key)
  return { deployment: keysBeside(file, key).deployment, head }
}

const keysBeside = (file: string, key: Uint8Array): KeptKeys => {
  const kept = readSealed(`${file}.keys`, key, purpose)
  if (kept === undefined) throw new LibralError('backup.not-a-backup')
  return parseKeys(kept)
}

/**
 * Makes a deployment out of a backup, in a folder that holds none, and proves its log. It goes on as a log of its own,
 * whose first entry names the backup's head and says who restored it and why. Nothing is ever overwritten; what fails
 * leaves nothing behind, and what was killed is begun anew by the next try: until then no backend starts there.
 * @throws LibralError `backup.not-a-backup`, `backup.wrong-key`, `backup.target-exists`, `storage.full`, `log.broken` where
 *   the statement is about another backup
 */
export const restore = async ({ directory, key, file }: Place, explained: Explained): Promise<Restored> => {
  await claim(directory)
  try {
    const info = await copyBackup({ file, key, target: databaseFile(directory) })
    await prove(directory, key, info)
    const kept = keysBeside(file, key)
    assertAbout(explained.statement, { deployment: kept.deployment, head: info.head })
    const { context } = explained.statement
    storeKeys(directory, key, renamedKeys(kept, context))
    const restoration = restorationOf(explained, kept)
    await beginRestored({ directory, storageKey: key, mode: 'standalone', listen: [], log: silent, restoration })
    await rm(restoringFile(directory))
    return { bytes: info.bytes, head: info.head, deployment: context }
  } catch (thrown) {
    await clear(directory)
    throw thrown
  }
}

const restorationOf = ({ statement, byOperator }: Explained, kept: KeptKeys): Restoration =>
  makeRestoration(statement, signersOf(kept).log, byOperator)

/** Marks the folder as one that is being made. What an interrupted restore left there is taken away first. */
const claim = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  if (existsSync(restoringFile(directory))) await clear(directory)
  if (existsSync(databaseFile(directory)) || existsSync(keysOf(directory)))
    throw new LibralError('backup.target-exists')
  const mark = await open(restoringFile(directory), 'wx', 0o600)
  await mark.sync().finally(() => mark.close())
}

/** The mark last: without it, what is left would pass for a deployment. */
const clear = async (directory: string): Promise<void> => {
  const database = databaseFile(directory)
  const files = [
    database,
    `${database}-wal`,
    `${database}-shm`,
    `${database}.lock`,
    keysOf(directory),
    restoringFile(directory),
  ]
  for (const file of files) await rm(file, { force: true })
}

const prove = async (directory: string, key: Uint8Array, { head }: BackupInfo): Promise<void> => {
  const storage = await openSqlite({ engine: 'sqlite', file: databaseFile(directory), key })
  const proved = await verifyRoot(storage).finally(() => storage.close())
  if (proved.root !== head.root) throw new LibralError('log.broken', { size: proved.size })
}

const assertAbout = ({ previous, size, root }: RestoreStatement, { deployment, head }: Inspected): void => {
  if (previous !== deployment || size !== head.size || root !== head.root)
    throw new LibralError('log.broken', { reason: 'restored' })
}

/** @throws LibralError `storage.unavailable`, `storage.unreadable` */
export const inspectShared = async ({ database, file }: SharedPlace): Promise<Inspected> => {
  const { deployment } = readKeyFile(file)
  const storage = await openPostgres({ engine: 'postgres', url: database })
  try {
    const { size, frontier } = await storage.head()
    return { deployment, head: { size, root: toBase64url(rootOf(frontier)) } }
  } finally {
    await storage.close()
  }
}

/**
 * The same for a database that its own tools have set back to a backup, while no instance runs. The new keys are on disk
 * first, then the log's new id stands in it, then the file is the new one, which every instance needs. What was
 * interrupted between is taken up.
 * @throws LibralError `log.broken`, and what the storage throws
 */
export const restoreShared = async ({ database, file }: SharedPlace, explained: Explained): Promise<Restored> => {
  const kept = readKeyFile(file)
  const next = restoredKeyFile(file)
  const shared = (logKeyFile: string) =>
    ({
      directory: join(file, '..'),
      database: { url: database, logKeyFile },
      mode: 'standalone',
      listen: [],
      log: silent,
    }) as const
  const begun = existsSync(next) && (await beginRestored(shared(next)).then(() => true, isOther))
  if (!begun) {
    assertAbout(explained.statement, await inspectShared({ database, file }))
    writeNextKeys(next, renamedKeys(kept, explained.statement.context))
    await beginRestored({ ...shared(next), restoration: restorationOf(explained, kept) })
  }
  adoptKeys(file, next)
  const { deployment, head } = await inspectShared({ database, file })
  return { bytes: 0, deployment, head }
}

/** The log knows nothing of the keys that were waiting: they are made anew. */
const isOther = (thrown: unknown): false => {
  if (thrown instanceof LibralError && thrown.code === 'log.broken') return false
  throw thrown
}
