import { LibralError } from '#protocol/errors.ts'
import { openLog } from '#protocol/log.ts'
import { fromBase64url, toBase64url, utf8 } from '#trust/bytes.ts'
import { parseEntry } from '#trust/entry.ts'
import { rootOf } from '#trust/merkle.ts'
import { type LogToReview, type ReviewReport, reviewLog } from '#trust/review/review-log.ts'
import { type Checkpoint, openCheckpoint } from '#trust/tlog/checkpoint.ts'
import { noteKeyTypes } from '#trust/tlog/note.ts'
import { databaseFile } from '../host.ts'
import type { Reader } from '../storage/port.ts'
import { readBackup } from '../storage/sqlite/backup.ts'

type LogOfStore = Pick<Reader, 'head' | 'entries'>

/**
 * Judges every entry of a deployment's log where it lies; a running backend goes on. Nothing is written.
 * @param seen notes of checkpoints that other machines kept
 * @throws LibralError `storage.unreadable`, `backup.wrong-key`; `log.*` for a checkpoint that proves nothing
 */
export const review = (
  { directory, key }: { readonly directory: string; readonly key: Uint8Array },
  seen: readonly string[],
): Promise<ReviewReport> =>
  readBackup(databaseFile(directory), key, async (log) => {
    const checkpoints = seen.length === 0 ? [] : await opened(seen, log)
    return reviewLog(await toReview(log), checkpoints)
  })

const toReview = async ({ head, entries }: LogOfStore): Promise<LogToReview> => {
  const { size, frontier } = await head()
  return {
    size,
    root: rootOf(frontier),
    entries: async (from, to) => {
      const found = new Map((await entries.byIndex(from, to)).map((entry) => [entry.index, entry]))
      return Array.from({ length: to - from }, (_, at) => found.get(from + at) ?? null)
    },
  }
}

/** A checkpoint counts under the key that the log's own first entry names. */
const opened = async (seen: readonly string[], { entries }: LogOfStore): Promise<readonly Checkpoint[]> => {
  const [first] = await entries.byIndex(0, 1)
  if (first === undefined) throw new LibralError('log.broken', { index: 0 })
  const { command } = parseEntry(first.bytes)
  const genesis = openLog.params.safeParse('params' in command ? command.params : null)
  if (!genesis.success) throw new LibralError('log.broken', { index: 0 })
  const { deployment, logKey } = genesis.data
  const key = { name: deployment, type: noteKeyTypes.signature, publicKey: fromBase64url(logKey) }
  return seen.map((note) => openCheckpoint(utf8(note), key))
}

/** As it goes to whoever asked, in JSON. */
export const reportOf = ({ root, logKey, ...rest }: ReviewReport) => ({
  ...rest,
  root: toBase64url(root),
  logKey: logKey && toBase64url(logKey),
})
