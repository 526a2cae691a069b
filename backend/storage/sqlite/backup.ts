import { open, rm } from 'node:fs/promises'
import type { LogHead } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { toBase64url } from '#trust/bytes.ts'
import { rootOf } from '#trust/merkle.ts'
import { evidenceReader } from '../evidence.ts'
import { logTables } from '../log.ts'
import type { Reader, WitnessReader } from '../port.ts'
import { witnessReader } from '../witnesses.ts'
import { type Connection, kyselyOver, openConnection } from './connection.ts'
import { storageFailure } from './failure.ts'
import { copyBytes, createDatabaseFile } from './file-copy.ts'

/** What a backup holds. */
export interface BackupInfo {
  readonly bytes: number
  readonly head: LogHead
  /** Epoch of the log it was taken from. */
  readonly epoch: number
}

/** For copies: where from, the 32-byte key of the store it was taken from, and where to. */
export interface CopyOptions {
  readonly file: string
  readonly key: Uint8Array
  readonly target: string
}

/**
 * Looks into a backup without writing anything beside it.
 * @throws LibralError `backup.not-a-backup` for another kind of file or a cut one, `backup.wrong-key`
 */
export const inspectBackup = async (file: string, key: Uint8Array): Promise<BackupInfo> => {
  const bytes = await sizeOfStore(file)
  const connection = openBackup(file, key, true)
  try {
    const pages = Number(connection.pragma('page_count', { simple: true }))
    if (pages * Number(connection.pragma('page_size', { simple: true })) !== bytes) throw notBackup()
    const db = kyselyOver(connection)
    const { size, frontier, epoch } = await logTables(db).head(db)
    return { bytes, head: { size, root: toBase64url(rootOf(frontier)) }, epoch }
  } catch (thrown) {
    throw thrown instanceof LibralError && thrown.code === 'storage.unreadable' ? notBackup(thrown) : thrown
  } finally {
    connection.close()
  }
}

export interface BackupLog extends Pick<Reader, 'head' | 'entries' | 'evidence'> {
  readonly witnesses: WitnessReader
}

/** Nothing is migrated here, so a backup of an earlier build may lack what came later. */
const tablesIn = (connection: Connection): ReadonlySet<string> =>
  new Set(
    connection
      .prepare<[], { name: string }>('select name from sqlite_master')
      .all()
      .map(({ name }) => name),
  )
const noEvidence: Reader['evidence'] = { named: async () => [], bytes: async () => null }
const noWitnesses: WitnessReader = {
  newest: async () => null,
  heads: async () => [],
  latest: async () => [],
  cosignatures: async () => [],
}

/**
 * Reads a backup's log without writing anything beside it.
 * @throws LibralError as {@link inspectBackup}
 */
export const readBackup = async <T>(
  file: string,
  key: Uint8Array,
  work: (log: BackupLog) => Promise<T>,
): Promise<T> => {
  const connection = openBackup(file, key, true)
  try {
    const db = kyselyOver(connection)
    const log = logTables(db)
    const tables = tablesIn(connection)
    return await work({
      ...{ head: () => log.head(db), entries: log.reader(db) },
      evidence: tables.has('evidence_named') ? evidenceReader(db) : noEvidence,
      witnesses: tables.has('cosignatures') ? witnessReader(db) : noWitnesses,
    })
  } finally {
    connection.close()
  }
}

/**
 * Makes a store out of a backup, at a place where there is none. Every page is read and checked on the way. Epochs of the
 * log and of its collections become the time of the restore in seconds, which no earlier history of the deployment can
 * have used: what desktops kept of entries later than the backup is worth nothing now, and they fetch snapshots.
 * @throws LibralError as {@link inspectBackup}; `backup.target-exists`, `storage.full`, `storage.unreadable` for damage
 */
export const copyBackup = async ({ file, key, target }: CopyOptions, now = Date.now()): Promise<BackupInfo> => {
  const info = await inspectBackup(file, key)
  const made = await createDatabaseFile(target)
  try {
    const source = await open(file, 'r')
    await copyBytes(source, made, info.bytes).finally(() => source.close())
    await made.close()
    raiseEpochs(target, key, Math.max(Math.floor(now / 1000), info.epoch + 1))
    return await inspectBackup(target, key)
  } catch (thrown) {
    await made.close().catch(() => undefined)
    await rm(target, { force: true })
    throw thrown
  }
}

/** Bytes 16 to 23 of an SQLite header stay readable: page size, two versions (which vary), reserved bytes, fractions. */
const signature = [0x20, 0x00, undefined, undefined, 0x40, 0x40, 0x20, 0x20]

const sizeOfStore = async (file: string): Promise<number> => {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw notBackup(cause)
  })
  try {
    const header = Buffer.alloc(24)
    await handle.read(header, 0, header.length, 0)
    const known = signature.every((byte, n) => byte === undefined || byte === header[16 + n])
    if (!known) throw notBackup()
    return (await handle.stat()).size
  } catch (thrown) {
    throw thrown instanceof LibralError ? thrown : notBackup(thrown)
  } finally {
    await handle.close()
  }
}

const openBackup = (file: string, key: Uint8Array, readonly: boolean): Connection => {
  try {
    return openConnection({ file, key, readonly, mustExist: true, cacheKib: 1024 })
  } catch (thrown) {
    if (!(thrown instanceof LibralError) || thrown.code !== 'storage.unreadable') throw thrown
    // The file has our header: a first page that doesn't authenticate was sealed with another key.
    const otherKey = thrown.params['reason'] === 'SQLITE_NOTADB'
    throw otherKey ? new LibralError('backup.wrong-key', {}, { cause: thrown }) : notBackup(thrown)
  }
}

const raiseEpochs = (file: string, key: Uint8Array, epoch: number): void => {
  const connection = openBackup(file, key, false)
  try {
    const damage = connection.pragma('integrity_check(1)', { simple: true })
    if (damage !== 'ok') throw new LibralError('storage.unreadable', { reason: 'integrity check' })
    connection.pragma('synchronous = full')
    connection.transaction(() => {
      connection.prepare('update log_head set epoch = ?').run(epoch)
      const served = 'select name, max(epoch) as epoch from collections where ready = 1 group by name'
      const ready = connection.prepare<[], { name: string; epoch: number }>(served).all()
      for (const { name, epoch: old } of ready) {
        connection.prepare('update rows set epoch = ? where collection = ? and epoch = ?').run(epoch, name, old)
        connection.prepare('update collections set epoch = ? where name = ? and epoch = ?').run(epoch, name, old)
      }
      // A rebuild under way would come out older than what it is to replace: it starts again.
      connection.prepare('delete from rows where epoch <> ?').run(epoch)
      connection.prepare('delete from collections where epoch <> ?').run(epoch)
    })()
  } catch (thrown) {
    throw storageFailure(thrown)
  } finally {
    connection.close()
  }
}

const notBackup = (cause?: unknown): LibralError => new LibralError('backup.not-a-backup', {}, { cause })
