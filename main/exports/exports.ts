import type { Services } from '#main/ipc/services.ts'
import type { Desk } from '#main/link/desk.ts'
import type { Filter, Settings } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Paper } from '#protocol/paper.ts'
import { invoices } from '#protocol/payments-invoices.ts'
import { type RecordBooks, writeBooks } from './books/write.ts'
import { runBundle } from './bundle.ts'
import { bundleDiagnostics, type DiagnosticsSources } from './diagnostics.ts'
import { documentFileName } from './document-name.ts'
import type { DraftFile } from './draft-file.ts'
import { redactedLogs } from './log-lines.ts'
import { writeRows } from './rows-csv.ts'
import { runExport } from './running.ts'

export type ExportKind = 'csv' | 'logs' | 'diagnostics' | 'bundle' | 'document'

export interface ExportsOptions {
  readonly rows: Desk['rows']
  readonly log: Pick<Desk['log'], 'toBundle'>
  locale(): Settings['locale']
  /** Tells the backend what leaves, before it does: an entry for the access log. @throws LibralError where it can't be told */
  record(what: string): Promise<void>
  /** Tells the log of a journal's file. @throws LibralError where that can't be done now */
  recordBooks: RecordBooks
  /** Opens the save dialog over a window. */
  choose(window: number, kind: ExportKind, suggested: string): Promise<string | null>
  /** What leaves is made up, and says so. */
  readonly demo: boolean
  /** The bytes of a PDF. */
  print(paper: Paper, signal: AbortSignal): Promise<Uint8Array>
  logFiles(): Promise<readonly string[]>
  diagnostics(): Promise<DiagnosticsSources>
}

/** What a window can save to a file that the operator chose in main's dialog. */
export const createExports = (options: ExportsOptions): Services['exports'] => {
  const drafts = new Set<DraftFile>()
  return {
    bundle: (window, order, recipients, signal) => runBundle(options, window, order, recipients, signal, drafts),
    csv: (window, filter: Filter, descending, signal) =>
      runExport(
        () => options.choose(window, 'csv', `${filter.collection}-${stamp()}.csv`),
        async function* (draft, ending) {
          await options.record(filter.collection)
          yield* writeRows(draft, options.rows, { filter, descending, locale: options.locale() }, ending)
        },
        signal,
        drafts,
      ),
    books: (window, range, signal) =>
      runExport(
        () => options.choose(window, 'csv', `${range.program}-${range.from}-${range.to}.csv`),
        (draft, ending) => writeBooks(draft, options.rows, range, options.recordBooks, ending),
        signal,
        drafts,
      ),
    logs: (window, signal) =>
      runExport(
        () => options.choose(window, 'logs', `libral-logs-${stamp()}.jsonl`),
        async function* (draft) {
          let rows = 0
          for await (const { text, lines } of redactedLogs(await options.logFiles())) {
            await draft.write(text)
            rows += lines
            yield { rows, total: null }
          }
        },
        signal,
        drafts,
      ),
    diagnostics: (window, signal) =>
      runExport(
        () => options.choose(window, 'diagnostics', `libral-diagnostics-${stamp()}.zip`),
        async function* (draft) {
          await draft.write(await bundleDiagnostics(await options.diagnostics()))
          yield { rows: 1, total: 1 }
        },
        signal,
        drafts,
      ),
    // A document is made to be handed over: who may read it may have it on paper.
    document: async function* (window, key, signal) {
      const found = await options.rows.get(invoices.name, key)
      if (found === null) throw new LibralError('payments.invoice-unknown')
      const row = invoices.schema.parse(found)
      yield* runExport(
        () => options.choose(window, 'document', documentFileName(row)),
        async function* (draft, ending) {
          await draft.write(await options.print({ kind: 'document', data: row, demo: options.demo }, ending))
          yield { rows: 1, total: 1 }
        },
        signal,
        drafts,
      )
    },
    async stop() {
      for (const draft of [...drafts]) await draft.discard()
    },
  }
}

/** `20261121-103000`, local time, for file names. */
function stamp(now = new Date()): string {
  const parts = [
    now.getFullYear(),
    now.getMonth() + 1,
    now.getDate(),
    now.getHours(),
    now.getMinutes(),
    now.getSeconds(),
  ]
  const [year, month, day, hour, minute, second] = parts.map((it) => String(it).padStart(2, '0'))
  return `${year}${month}${day}-${hour}${minute}${second}`
}
