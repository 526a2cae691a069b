import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BundleKind, Manifest } from '#protocol/bundle.ts'
import { bundleParts, type LogToBundle, planBundle } from '#trust/bundle/make.ts'
import { writeBundle } from '#trust/bundle/writer.ts'
import { rootOf } from '#trust/merkle.ts'
import { formatCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote } from '#trust/tlog/note.ts'
import { signNote } from '#trust/tlog/sign-note.ts'
import { databaseFile } from '../host.ts'
import { readDeploymentKeys, signersOf } from '../kernel/deployment-keys.ts'
import { storedLog } from '../kernel/log-to-bundle.ts'
import type { Reader } from '../storage/port.ts'
import { readBackup } from '../storage/sqlite/backup.ts'

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
 * Writes a bundle of a deployment's log where it lies; a running backend goes on, and nothing else is written.
 * @throws LibralError `storage.unreadable`, `backup.wrong-key`, `log.out-of-range`, and what the target throws
 */
export const exportBundle = ({
  directory,
  key,
  target,
  ...order
}: BundleCommand): Promise<{ manifest: Manifest; bytes: number }> =>
  readBackup(databaseFile(directory), key, async (store) => {
    const log = await logIn(store, directory, key)
    const { manifest, ...plan } = await planBundle(log, { ...order, at: Date.now(), by: null })
    const bytes = (): Readable =>
      Readable.from(writeBundle(bundleParts(log, { manifest, ...plan })), { objectMode: false })
    if (target !== null) await pipeline(bytes(), target)
    return { manifest, bytes: plan.bytes }
  })

const logIn = async (
  store: Pick<Reader, 'head' | 'entries'>,
  directory: string,
  key: Uint8Array,
): Promise<LogToBundle> => {
  const { deployment: origin, log } = signersOf(readDeploymentKeys(directory, key))
  const { size, frontier } = await store.head()
  const text = formatCheckpoint({ origin, size, root: rootOf(frontier), extensions: [] })
  const note = formatNote({ text, signatures: [signNote(text, origin, log)] })
  return { ...storedLog(store), head: async () => note, cosigned: { notes: [], witnesses: [] } }
}
