import type { Desk } from '#main/link/desk.ts'
import type { Json } from '#protocol/command.ts'
import { countCap, type Filter, type Settings } from '#protocol/desktop.ts'
import { columnsOf } from './columns.ts'
import { byteOrderMark, line } from './csv.ts'
import type { DraftFile } from './draft-file.ts'

/** How many rows a filter has; null where there are more than counting goes to. */
export const totalOf = async (rows: Pick<Desk['rows'], 'count'>, filter: Filter): Promise<number | null> => {
  const { count, capped } = await rows.count(filter)
  return capped || count > countCap ? null : count
}

/**
 * Writes the rows of a filter as CSV, chunk by chunk as the replica yields them.
 * @yields rows so far; `total` is null where there are more than counting goes to
 */
export async function* writeRows(
  draft: DraftFile,
  rows: Desk['rows'],
  request: { readonly filter: Filter; readonly descending: boolean; readonly locale: Settings['locale'] },
  signal: AbortSignal,
): AsyncGenerator<{ readonly rows: number; readonly total: number | null }, void> {
  const total = await totalOf(rows, request.filter)
  let columns: ReturnType<typeof columnsOf> | null = null
  let written = 0
  for await (const chunk of rows.stream(request.filter, request.descending, signal)) {
    const records = chunk.map(asRecord)
    const head = columns === null
    columns ??= columnsOf(request.filter.collection, request.locale, records[0])
    const shown = columns
    const lines = records.map((row) => line(shown.map(({ cell }) => cell(row))))
    await draft.write((head ? heading(shown) : '') + lines.join(''))
    written += records.length
    yield { rows: written, total }
  }
  if (columns === null) await draft.write(heading(columnsOf(request.filter.collection, request.locale, undefined)))
}

const heading = (columns: ReturnType<typeof columnsOf>): string =>
  byteOrderMark + line(columns.map((column) => column.heading))

const isRecord = (row: Json): row is { readonly [name: string]: Json } =>
  typeof row === 'object' && row !== null && !Array.isArray(row)

const asRecord = (row: Json): Readonly<Record<string, Json>> => (isRecord(row) ? row : { value: row })
