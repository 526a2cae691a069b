import type { StatementLine } from '../provider.ts'
import { paymentOf } from '../references.ts'

/**
 * PayPay's file of a day's transactions, as its webhook document describes it: Shift_JIS, LF, a line of Japanese headings,
 * and one line for each payment and refund; refunds have negative amounts.
 */

const columns = {
  id: '決済番号',
  status: '取引ステータス',
  at: '取引日時',
  amount: '取引金額',
  payment: 'マーチャント決済ID',
} as const

const kinds: Readonly<Record<string, StatementLine['kind'] | null>> = {
  取引完了: 'capture',
  返金完了: 'refund',
  取引失敗: null,
  返金失敗: null,
}

/**
 * @returns null for what is no such file: a heading is missing, or a line can't be read
 */
export const readStatementFile = (bytes: Uint8Array): readonly StatementLine[] | null => {
  const text = shiftJis(bytes)
  const [headings, ...rows] = text === null ? [] : recordsOf(text)
  if (!headings) return null
  const at = (name: string): number => headings.indexOf(name)
  if (Object.values(columns).some((name) => at(name) < 0)) return null
  const lines: StatementLine[] = []
  for (const row of rows) {
    const cell = (name: keyof typeof columns): string => row[at(columns[name])]?.trim() ?? ''
    const kind = kinds[cell('status')]
    const line = kind === undefined || row.length !== headings.length ? undefined : kind && lineOf(kind, cell)
    if (line === undefined) return null
    if (line !== null) lines.push(line)
  }
  return lines
}

const lineOf = (
  kind: StatementLine['kind'],
  cell: (name: keyof typeof columns) => string,
): StatementLine | undefined => {
  const minor = cell('amount').replace(/^[-−]/, '').replaceAll(',', '')
  const at = instantOf(cell('at'))
  if (!/^\d{1,11}$/.test(minor) || at === undefined || cell('id') === '') return undefined
  const amount = { currency: 'JPY', minor: BigInt(minor) } as const
  const payment = paymentOf(cell('payment'))
  // The shop's other tills share its account.
  const others = payment === null && cell('payment') !== ''
  return { kind: others ? 'other' : kind, id: cell('id'), reference: cell('id'), payment, amount, fee: null, at }
}

/** `2026/11/20 23:59:58` in Japan, or ISO with its zone. */
const instantOf = (text: string): number | undefined => {
  const local = /^(\d{4})[/-](\d{2})[/-](\d{2})[ T](\d{2}:\d{2}:\d{2})$/.exec(text)
  const at = Date.parse(local ? `${local[1]}-${local[2]}-${local[3]}T${local[4]}+09:00` : text)
  return Number.isNaN(at) ? undefined : at
}

const shiftJis = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder('shift_jis', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** RFC 4180; 支払い詳細 holds JSON in a cell. */
const recordsOf = (text: string): string[][] => {
  const records: string[][] = []
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  let record: string[] = []
  while (cells.lastIndex < text.length) {
    const found = cells.exec(text)
    // A quote in the middle of a cell: not CSV.
    if (!found) return []
    const [, quoted, plain = '', end] = found
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    records.push(record)
    record = []
  }
  return records
}
