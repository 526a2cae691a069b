import { randomUUID } from 'node:crypto'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { storeExports } from '#protocol/access.ts'
import type { BundleKind, Manifest } from '#protocol/bundle.ts'
import { bundleParts, type LogToBundle, planBundle } from '#trust/bundle/make.ts'
import { writeBundle } from '#trust/bundle/writer.ts'
import { rootOf } from '#trust/merkle.ts'
import { databaseFile } from '../host.ts'
import { readDeploymentKeys, signersOf } from '../kernel/deployment-keys.ts'
import { storedLog } from '../kernel/log-to-bundle.ts'
import { cosignedHeads } from '../kernel/witnesses.ts'
import { type BackupLog, readBackup } from '../storage/sqlite/backup.ts'
import { openConnection } from '../storage/sqlite/connection.ts'

export interface BundleCommand {
  readonly directory: string
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly kind: BundleKind
  readonly from: number
  /** null: up to the head. */
  readonly to: number | null
  /** Written to, and closed; null: says only how large it would be. */
  readonly target: Writable | null
}

/**
 * Writes a bundle of a deployment's log where it lies; a running backend goes on. That it was made is left in the store's
 * inbox, from which the backend takes it into the access log.
 * @returns `recorded`: false where the store can't be written to, so that nobody will read of it
 * @throws LibralError `storage.unreadable`, `backup.wrong-key`, `log.out-of-range`, and what the target throws
 */
export const exportBundle = ({
  directory,
  key,
  target,
  ...order
}: BundleCommand): Promise<{ manifest: Manifest; bytes: number; recorded: boolean }> =>
  readBackup(databaseFile(directory), key, async (store) => {
    const log = await logIn(store, directory, key)
    const { manifest, ...plan } = await planBundle(log, { ...order, at: Date.now(), by: null })
    const bytes = (): Readable =>
      Readable.from(writeBundle(bundleParts(log, { manifest, ...plan })), { objectMode: false })
    if (target === null) return { manifest, bytes: plan.bytes, recorded: false }
    // Before the first byte leaves.
    const recorded = noteExport(databaseFile(directory), key, manifest)
    await pipeline(bytes(), target)
    return { manifest, bytes: plan.bytes, recorded }
  })

/** Whoever holds the storage key could have left it out: this is for those who do as they should. */
const noteExport = (file: string, key: Uint8Array, { from, to }: Manifest): boolean => {
  try {
    const connection = openConnection({ file, key, mustExist: true, cacheKib: 64 })
    try {
      const put = connection.prepare(
        "insert into inbox (source, id, received, headers, body, state) values (?, ?, ?, '{}', ?, 'waiting')",
      )
      const body = Buffer.from(JSON.stringify({ entries: to - from }))
      put.run(storeExports, randomUUID(), Date.now(), body)
      return true
    } finally {
      connection.close()
    }
  } catch {
    return false
  }
}

/** Earlier heads that go with a bundle: those that witnesses signed, and the witnesses' keys. */
const mostHeads = 32
const mostWitnesses = 64

const logIn = async (store: BackupLog, directory: string, key: Uint8Array): Promise<LogToBundle> => {
  const { deployment, log } = signersOf(readDeploymentKeys(directory, key))
  const { size, frontier } = await store.head()
  const root = rootOf(frontier)
  const published = (await store.witnesses.latest(mostHeads)).filter((head) => head.size > 0 && head.size < size)
  const [head, ...earlier] = await cosignedHeads(store.witnesses, { deployment, log }, [
    { size, root, at: 0 },
    ...published,
  ])
  const signed = earlier.filter(({ witnesses }) => witnesses.length > 0)
  const keys = [head, ...signed].flatMap((one) => one?.witnesses.map(({ key: witness }) => witness) ?? [])
  return {
    ...storedLog(store),
    head: async () => head?.note ?? '',
    cosigned: { notes: signed.map(({ note }) => note), witnesses: [...new Set(keys)].slice(0, mostWitnesses) },
  }
}
