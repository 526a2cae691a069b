import { columnsOf, type Program, type Voucher } from '#protocol/payments-books.ts'
import { toShiftJis } from '#trust/shift-jis.ts'

/** What one program reads. Sources: 弥生取り込み形式 (support.yayoi-kk.co.jp), freee's 仕訳データ in 汎用形式 (support.freee.co.jp). */
export interface Format {
  readonly extension: 'csv' | 'txt'
  /** Before the first voucher; empty: the program wants none. */
  readonly heading: string
  /** The lines of a voucher, with their ends; and how many of its texts were cut. */
  readonly text: (voucher: Voucher) => { readonly text: string; readonly shortened: number }
  readonly encode: (text: string) => { readonly bytes: Uint8Array; readonly replaced: number }
}

const lineEnd = '\r\n'
const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const line = (cells: readonly string[]): string => cells.map(cell).join(',') + lineEnd
const dayOf = (day: number): string => String(day).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1/$2/$3')

/** At most so many columns of one; what is cut ends in `…`. */
export const cut = (text: string, columns: number): string => {
  if (columnsOf(text) <= columns) return text
  let kept = ''
  let taken = columnsOf('…')
  for (const one of text) {
    taken += columnsOf(one)
    if (taken > columns) break
    kept += one
  }
  return `${kept}…`
}

/** Numbers of vouchers have six digits there; a longer one, and the second of an entry, is left to the program. */
const yayoiNumber = (number: string): string => (/^[0-9]{1,6}$/.test(number) ? number : '')
const yayoiText = 64
/** One line is no slip (2000, type 0); several are a transfer slip (type 3): first 2110, between 2100, last 2101. */
const yayoiFlag = (nth: number, of: number): string =>
  of === 1 ? '2000' : nth === 0 ? '2110' : nth === of - 1 ? '2101' : '2100'

const yayoi: Format = {
  extension: 'csv',
  heading: '',
  text: ({ number, day, payment, text, lines }) => {
    const told = cut(text, yayoiText)
    const type = lines.length === 1 ? '0' : '3'
    const rows = lines.map(({ debit, credit, yen, debitTax, creditTax }, nth) =>
      line([
        ...[yayoiFlag(nth, lines.length), yayoiNumber(number), '', dayOf(day)],
        ...[debit.account, debit.sub, '', debit.tax, yen, debitTax],
        ...[credit.account, credit.sub, '', credit.tax, yen, creditTax],
        ...[told, '', '', type, '', payment, '', '', 'no'],
      ]),
    )
    return { text: rows.join(''), shortened: told === text ? 0 : 1 }
  },
  encode: toShiftJis,
}

const freeeSide = (side: string): readonly string[] =>
  [
    ...['勘定科目', '科目コード', '補助科目', '取引先', '取引先コード', '部門', '品目', 'メモタグ'],
    ...['セグメント1', 'セグメント2', 'セグメント3', '金額', '税区分', '税額'],
  ].map((name) => side + name)
const freeeBlanks = Array.from({ length: 8 }, () => '')
const utf8 = new TextEncoder()

const freee: Format = {
  extension: 'csv',
  heading: `\ufeff${line(['日付', '伝票番号', '決算整理仕訳', ...freeeSide('借方'), ...freeeSide('貸方'), '摘要'])}`,
  // Lines of one day and number are one slip.
  text: ({ number, day, payment, text, lines }) => {
    const told = payment === '' ? text : `${text} ${payment}`
    const rows = lines.map(({ debit, credit, yen, debitTax, creditTax }) =>
      line([
        ...[dayOf(day), number, ''],
        ...[debit.account, '', debit.sub, ...freeeBlanks, yen, debit.tax, debitTax],
        ...[credit.account, '', credit.sub, ...freeeBlanks, yen, credit.tax, creditTax],
        told,
      ]),
    )
    return { text: rows.join(''), shortened: 0 }
  },
  encode: (text) => ({ bytes: utf8.encode(text), replaced: 0 }),
}

export const formats: Readonly<Record<Program, Format>> = { freee, yayoi }
