import { LibralError } from '#protocol/errors.ts'
import { toBase64url, utf8 } from '#trust/bytes.ts'
import { rootOf } from '#trust/merkle.ts'
import { type LogToReview, type ReviewReport, reviewLog } from '#trust/review/review-log.ts'
import { parseCheckpoint } from '#trust/tlog/checkpoint.ts'
import { type NoteKey, noteKeyTypes, openNote, parseNote } from '#trust/tlog/note.ts'
import { databaseFile } from '../host.ts'
import type { Reader } from '../storage/port.ts'
import { readPostgresLog } from '../storage/postgres/read-log.ts'
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
): Promise<ReviewReport> => readBackup(databaseFile(directory), key, judging(seen))

/**
 * The same on PostgreSQL, in one transaction that can only read.
 * @param database postgres://…
 * @throws LibralError `storage.unavailable`, `storage.unreadable`; `log.*` for a checkpoint that proves nothing
 */
export const reviewShared = (database: string, seen: readonly string[]): Promise<ReviewReport> =>
  readPostgresLog(database, judging(seen))

const judging =
  (seen: readonly string[]) =>
  async (log: LogOfStore): Promise<ReviewReport> => {
    const notes = seen.map((note) => utf8(note))
    const report = await reviewLog(
      await toReview(log),
      notes.map((note) => parseCheckpoint(parseNote(note))),
    )
    for (const note of notes) assertOurs(note, report)
    return report
  }

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

/**
 * A checkpoint counts under an id that the log had and a key that was its own.
 * @throws LibralError `log.other-log`, `log.unsigned`, `log.note-forged`
 */
const assertOurs = (note: Uint8Array, { ids, logKeys }: ReviewReport): void => {
  const { origin } = parseCheckpoint(parseNote(note))
  if (!ids.includes(origin)) throw new LibralError('log.other-log', { origin })
  const keys = logKeys.map((publicKey): NoteKey => ({ name: origin, type: noteKeyTypes.signature, publicKey }))
  if (openNote(note, keys).verified.length === 0) throw new LibralError('log.unsigned', { origin })
}

/** As it goes to whoever asked, in JSON. */
export const reportOf = ({ root, logKey, logKeys, ...rest }: ReviewReport) => ({
  ...rest,
  logKeys: logKeys.map(toBase64url),
  root: toBase64url(root),
  logKey: logKey && toBase64url(logKey),
})
