import type { Json } from '#protocol/command.ts'
import type { Settings } from '#protocol/desktop.ts'
import { noticeText } from '#protocol/notices.ts'
import { type Column, instant, plain } from './csv.ts'

type Locale = Settings['locale']
type Heading = Readonly<Record<Locale, string>>
type Row = Readonly<Record<string, Json>>

const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

const field =
  (name: string, ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => plain(row[name]),
  })
const time =
  (name: string, ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => instant(row[name], zone()),
  })
const word =
  (name: string, ja: string, en: string, words: Readonly<Record<string, Heading>>) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => words[plain(row[name])]?.[locale] ?? plain(row[name]),
  })
const heading = (texts: Heading, locale: Locale): string => texts[locale]

const severities = {
  info: { ja: '情報', en: 'Info' },
  notice: { ja: '注意', en: 'Notice' },
  warning: { ja: '警告', en: 'Warning' },
  minor: { ja: '軽度障害', en: 'Minor' },
  major: { ja: '重度障害', en: 'Major' },
  critical: { ja: '致命的', en: 'Critical' },
}
const categories = {
  system: { ja: 'システム', en: 'System' },
  user: { ja: '利用者', en: 'User' },
  payment: { ja: '決済', en: 'Payment' },
  api: { ja: 'API', en: 'API' },
}
const eventStates = {
  none: { ja: '対応不要', en: 'Nothing to do' },
  open: { ja: '未確認', en: 'Open' },
  acknowledged: { ja: '確認済み', en: 'Acknowledged' },
}
const alertStates = {
  firing: { ja: '発生中', en: 'Firing' },
  acknowledged: { ja: '確認済み', en: 'Acknowledged' },
  resolved: { ja: '復旧', en: 'Resolved' },
}

const known: Readonly<Record<string, readonly ((locale: Locale) => Column)[]>> = {
  events: [
    time('at', '日時', 'Time'),
    word('severity', '重大度', 'Severity', severities),
    word('category', '種別', 'Category', categories),
    field('module', 'モジュール', 'Module'),
    field('actor', '操作者', 'Actor'),
    (locale) => ({ heading: heading({ ja: '内容', en: 'Event' }, locale), cell: (row) => noticeOf(row, locale) }),
    field('detail', '詳細', 'Detail'),
    word('state', '状態', 'State', eventStates),
    field('acknowledgedBy', '確認者', 'Acknowledged by'),
    time('acknowledgedAt', '確認日時', 'Acknowledged at'),
    field('note', 'メモ', 'Note'),
    field('code', 'コード', 'Code'),
    field('correlation', '操作の番号', 'Correlation id'),
    field('key', '記録番号', 'Record'),
  ],
  alerts: [
    time('firedAt', '発生日時', 'Fired at'),
    word('severity', '重大度', 'Severity', severities),
    word('state', '状態', 'State', alertStates),
    field('name', 'ルール', 'Rule'),
    field('instance', 'インスタンス', 'Instance'),
    field('metric', '指標', 'Metric'),
    field('value', '値', 'Value'),
    time('acknowledgedAt', '確認日時', 'Acknowledged at'),
    field('acknowledgedBy', '確認者', 'Acknowledged by'),
    field('note', 'メモ', 'Note'),
    time('resolvedAt', '復旧日時', 'Resolved at'),
    field('key', '記録番号', 'Record'),
  ],
}

/** The notice in words; `noticeText` shows an unknown code as it is. */
function noticeOf(row: Row, locale: Locale): string {
  const { code, params } = row
  if (typeof code !== 'string' || typeof params !== 'object' || params === null || Array.isArray(params))
    return plain(code)
  const texts = Object.entries(params).filter((it): it is [string, string | number] => typeof it[1] !== 'object')
  return noticeText(locale, code, Object.fromEntries(texts))
}

/**
 * The columns of a collection's CSV. One without columns of its own shows its rows' fields by name.
 * @param sample a row of it, for that case
 */
export function columnsOf(collection: string, locale: Locale, sample: Row | undefined): readonly Column[] {
  const own = known[collection]
  if (own !== undefined) return own.map((column) => column(locale))
  return Object.keys(sample ?? {}).map((name) => ({ heading: name, cell: (row) => plain(row[name]) }))
}
