import type { Json } from '#protocol/command.ts'
import type { Settings } from '#protocol/desktop.ts'
import { type Currency, currencies, moneyText } from '#protocol/money.ts'
import { noticeText } from '#protocol/notices.ts'
import { type Column, instant, plain } from './csv.ts'

type Locale = Settings['locale']
type Heading = Readonly<Record<Locale, string>>
type Row = Readonly<Record<string, Json>>

const field =
  (name: string, ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => plain(row[name]),
  })
const time =
  (name: string, ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja: `${ja}（JST）`, en: `${en} (JST)` }, locale),
    cell: (row) => instant(row[name]),
  })
const word =
  (name: string, ja: string, en: string, words: Readonly<Record<string, Heading>>) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => words[plain(row[name])]?.[locale] ?? plain(row[name]),
  })
/** A business day, `2026-11-21` of 20261121. */
const day =
  (name: string, ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => plain(row[name]).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'),
  })
/** Minor units in the row's currency, as a spreadsheet reads them: `1234`, `12.50`. */
const sum =
  (of: (row: Row) => Json | undefined, ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => {
      const currency = plain(row['currency'])
      const minor = plain(of(row))
      if (!Object.hasOwn(currencies, currency) || !/^-?[0-9]+$/.test(minor)) return minor
      const text = moneyText({ currency: currency as Currency, minor: BigInt(minor) })
      return text
        .slice(0, -currency.length - 1)
        .replaceAll(',', '')
        .replace('−', '-')
    },
  })
const within = (row: Row, name: string, of: string): Json | undefined => {
  const value = row[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row)[of] : undefined
}
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
const paymentStates = {
  created: { ja: '作成中', en: 'Being created' },
  pending: { ja: '支払い待ち', en: 'Awaiting payment' },
  authorised: { ja: '売上確定前', en: 'Authorised' },
  captured: { ja: '支払い済み', en: 'Paid' },
  'partly-refunded': { ja: '一部返金', en: 'Partly refunded' },
  refunded: { ja: '返金済み', en: 'Refunded' },
  disputed: { ja: '係争中', en: 'Disputed' },
  cancelled: { ja: '取り消し', en: 'Cancelled' },
  failed: { ja: '失敗', en: 'Failed' },
  unknown: { ja: '不明', en: 'Unknown' },
}
const providers = {
  stars: { ja: 'Telegram Stars', en: 'Telegram Stars' },
  paypay: { ja: 'PayPay', en: 'PayPay' },
  paypal: { ja: 'PayPal', en: 'PayPal' },
}

const documentKinds = {
  invoice: { ja: '請求書', en: 'Invoice' },
  receipt: { ja: '領収書', en: 'Receipt' },
  credit: { ja: '返還請求書', en: 'Credit note' },
}
const documentStates = { current: { ja: '有効', en: 'Current' }, replaced: { ja: '旧版', en: 'Replaced' } }
/** Of one rate; empty where the document has none of it. */
const ofRate =
  (rate: number, what: 'gross' | 'tax', ja: string, en: string) =>
  (locale: Locale): Column => ({
    heading: heading({ ja, en }, locale),
    cell: (row) => {
      const rates: readonly Json[] = Array.isArray(row['rates']) ? row['rates'] : []
      const found = rates.find((one) => within({ one }, 'one', 'rate') === rate)
      return found === undefined ? '' : plain(within({ found }, 'found', what))
    },
  })

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
  'payments.invoices': [
    day('day', '取引年月日', 'Sold'),
    field('counterparty', '取引先', 'Counterparty'),
    field('amount', '取引金額（税込）', 'Amount (with tax)'),
    word('kind', '種類', 'Kind', documentKinds),
    field('number', '番号', 'Number'),
    field('revision', '再発行の回数', 'Reissues'),
    word('state', '状態', 'State', documentStates),
    day('issuedDay', '発行日', 'Issued'),
    day('reissuedDay', '再発行日', 'Reissued'),
    ofRate(10, 'gross', '10%対象（税込）', 'At 10 % (with tax)'),
    ofRate(10, 'tax', '10%の消費税額', 'Tax at 10 %'),
    ofRate(8, 'gross', '8%対象（税込・軽減）', 'At 8 % (with tax)'),
    ofRate(8, 'tax', '8%の消費税額', 'Tax at 8 %'),
    ofRate(0, 'gross', '対象外', 'Not taxed'),
    field('of', 'もとの書類', 'Of'),
    (locale) => ({
      heading: heading({ ja: '登録番号', en: 'Registration number' }, locale),
      cell: (row) => plain(within(row, 'issuer', 'registration')),
    }),
    field('by', '発行した人', 'Issued by'),
    field('entry', '監査ログの記録', 'Entry'),
  ],
  payments: [
    time('at', '作成日時', 'Created'),
    word('state', '状態', 'State', paymentStates),
    word('provider', '決済サービス', 'Provider', providers),
    field('currency', '通貨', 'Currency'),
    sum((row) => row['amount'], '請求額', 'Amount'),
    sum((row) => within(row, 'sums', 'captured'), '売上', 'Captured'),
    sum((row) => within(row, 'sums', 'refunded'), '返金', 'Refunded'),
    sum((row) => within(row, 'sums', 'disputed'), '係争中', 'Disputed'),
    sum((row) => within(row, 'sums', 'lost'), '係争の損失', 'Lost'),
    sum((row) => within(row, 'sums', 'fees'), '手数料', 'Fees'),
    field('taxRate', '税率（%）', 'Tax rate (%)'),
    field('merchant', '売上の区分', 'Merchant'),
    field('title', '件名', 'Title'),
    field('note', 'メモ', 'Note'),
    field('by', '作成者', 'Created by'),
    field('cases', '要対応', 'Open cases'),
    field('reference', '決済サービスの番号', "Provider's number"),
    field('payment', '決済の番号', 'Payment'),
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
