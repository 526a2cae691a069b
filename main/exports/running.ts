import { basename } from 'node:path'
import { failureOf, LibralError } from '#protocol/errors.ts'
import type { ExportProgress } from '#protocol/exports.ts'
import { beginDraft, type DraftFile } from './draft-file.ts'

/** Asks where to save; null: the operator declined. */
export type ChooseFile = (suggested: string) => Promise<string | null>

/**
 * One export from the dialog to the finished file, told as progress. Ending the iterator, or the signal, cancels and
 * leaves nothing behind.
 * @param work writes the content and yields rows written so far
 * @param drafts holds the file while it is being written
 */
export async function* runExport(
  choose: () => Promise<string | null>,
  work: (
    draft: DraftFile,
    signal: AbortSignal,
  ) => AsyncIterable<{ readonly rows: number; readonly total: number | null }>,
  signal: AbortSignal,
  drafts: Set<DraftFile>,
): AsyncGenerator<ExportProgress, void> {
  const file = await choose()
  if (file === null) return yield { state: 'failed', failure: { code: 'file.not-chosen', params: {} } }
  let draft: DraftFile | null = null
  let rows = 0
  try {
    draft = await beginDraft(file)
    drafts.add(draft)
    yield { state: 'running', rows, total: null }
    for await (const progress of work(draft, signal)) {
      rows = progress.rows
      if (signal.aborted) throw new LibralError('export.cancelled')
      yield { state: 'running', ...progress }
    }
    await draft.finish()
    yield { state: 'done', rows, file: basename(file) }
  } catch (error) {
    const failure = failureOf(error)
    yield failure.code === 'export.cancelled' || signal.aborted
      ? { state: 'cancelled', rows }
      : { state: 'failed', failure }
  } finally {
    await draft?.discard()
    if (draft !== null) drafts.delete(draft)
  }
}
