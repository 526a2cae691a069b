import type { Review } from '#main/audit/review/review.ts'
import type { Settings } from '#protocol/desktop.ts'
import type { CsvWish, ReviewRow } from '#protocol/review.ts'
import { byteOrderMark, instant, line } from './csv.ts'
import type { DraftFile } from './draft-file.ts'

type Locale = Settings['locale']

const headings: Readonly<Record<Locale, readonly string[]>> = {
  ja: ['番号', '日時（JST）', '日時（UTC）', '操作した人', '操作', 'リスク', '結果', '検証', '内容', 'メモ'],
  en: ['Index', 'Time (JST)', 'Time (UTC)', 'Actor', 'Command', 'Risk', 'Outcome', 'Verification', 'Content', 'Note'],
}
const words = {
  ja: {
    verified: '検証済み',
    unconfirmed: '未確認の鍵',
    attention: '要確認',
    failed: '不一致',
    low: '低',
    medium: '中',
    high: '高',
    done: '実行',
    refused: '拒否',
    failedOutcome: '失敗',
    ended: '終了',
  },
  en: {
    verified: 'Verified',
    unconfirmed: 'Unconfirmed key',
    attention: 'Needs a look',
    failed: 'Does not hold',
    low: 'Low',
    medium: 'Medium',
    high: 'High',
    done: 'Done',
    refused: 'Refused',
    failedOutcome: 'Failed',
    ended: 'Ended',
  },
} as const satisfies Record<Locale, Readonly<Record<string, string>>>

const pageRows = 200

/**
 * The entries of a filter as CSV (RFC 4180): one line each, in the order of the list.
 * @yields lines so far
 */
export async function* writeReviewCsv(
  draft: DraftFile,
  review: Pick<Review, 'call' | 'notes'>,
  { filter, descending, mark }: CsvWish,
  locale: Locale,
  signal: AbortSignal,
): AsyncGenerator<{ readonly rows: number; readonly total: number | null }, void> {
  const notes = new Map(review.notes().map(({ index, text }) => [index, text]))
  const { count, capped } = await review.call('count', filter)
  const total = capped ? null : count
  await draft.write((mark ? byteOrderMark : '') + line(headings[locale]))
  let written = 0
  for (let after: number | null = null; !signal.aborted; ) {
    const page = await nextPage(review, { filter, descending, mark }, after)
    await draft.write(page.rows.map((row) => line(cellsOf(row, notes.get(row.index) ?? '', locale))).join(''))
    written += page.rows.length
    yield { rows: written, total }
    if (page.next === null) return
    after = page.next
  }
}

const nextPage = (review: Pick<Review, 'call'>, { filter, descending }: CsvWish, after: number | null) =>
  review.call('query', { filter, descending, after, limit: pageRows })

const cellsOf = (row: ReviewRow, note: string, locale: Locale): readonly string[] => {
  const say = words[locale]
  return [
    String(row.index),
    instant(row.at),
    new Date(row.at).toISOString(),
    row.actor,
    row.command,
    row.risk === null ? '' : say[row.risk],
    row.outcome === 'failed' ? say.failedOutcome : say[row.outcome],
    say[row.standing],
    row.excerpt,
    note,
  ]
}
