import type { Failure } from './errors.ts'
import { sumsOf } from './payments-actions.ts'
import {
  type DocumentKind,
  type DocumentLine,
  type InvoicedRow,
  type IssuedDocument,
  type Issuer,
  numberIn,
  seriesOf,
} from './payments-invoices.ts'
import { moneyStateOf } from './payments-life.ts'
import type { PaymentRow } from './payments-records.ts'
import { creditNoteFrom, documentCurrency, isTaxRate, taxByRate } from './payments-tax.ts'

/** Which document may be issued over a payment, and what stands on it: the same on screens and in the backend. Pure. */

/** Yen that a document over this payment is for: what was captured, before payment what was ordered. */
export const documentAmount = (row: PaymentRow): bigint => {
  const { captured } = sumsOf(row)
  return captured > 0n ? captured : BigInt(row.amount)
}

/** null: it can be issued now. The same codes refuse the command. */
export const whyNotIssue = (
  kind: 'invoice' | 'receipt',
  row: PaymentRow,
  issued: InvoicedRow | undefined,
): Failure | null => {
  if (row.currency !== documentCurrency)
    return { code: 'payments.invoice-needs-yen', params: { currency: row.currency } }
  if (!isTaxRate(row.taxRate)) return { code: 'payments.invoice-rate', params: { rate: row.taxRate } }
  const before = issued?.[kind]
  if (before) return { code: 'payments.invoice-exists', params: { number: before.number } }
  const sums = sumsOf(row)
  if (sums.captured > 0n) return sums.refunded + sums.lost < sums.captured ? null : nothing
  const state = moneyStateOf({ sums, offered: row.offered, ended: row.ended })
  if (state !== 'created' && state !== 'pending' && state !== 'authorised') return nothing
  if (kind === 'receipt') return { code: 'payments.invoice-not-paid', params: {} }
  // Less may be captured than was reserved.
  return row.intent === 'authorise' ? nothing : null
}
const nothing: Failure = { code: 'payments.invoice-nothing', params: {} }

type Refund = PaymentRow['refunds'][number]
/** The document that a credit note of this payment reduces: what the tax was told on first. */
export const creditBase = (issued: InvoicedRow | undefined): InvoicedRow['invoice'] =>
  issued?.invoice ?? issued?.receipt ?? null
/** Refunds of an invoiced payment that no credit note was made for yet. */
export const creditsDue = (row: PaymentRow, issued: InvoicedRow | undefined): readonly Refund[] =>
  creditBase(issued) === null
    ? []
    : row.refunds.filter(({ id }) => issued?.credits.every(({ refund }) => refund !== id) ?? true)

/** Whether the law asks for it; a smaller one may be made all the same. */
export const mustCredit = ({ minor }: Pick<Refund, 'minor'>): boolean => BigInt(minor) >= creditNoteFrom

export interface Draft
  extends Pick<
    IssuedDocument,
    'kind' | 'counterparty' | 'honorific' | 'issuedDay' | 'dueDay' | 'of' | 'soldDay' | 'refund' | 'note' | 'reason'
  > {
  readonly issuer: Issuer
  readonly lines: readonly DocumentLine[]
  /** False: it is about something that was not told on a 適格請求書. */
  readonly mayQualify: boolean
  /** How many of its series were issued before. */
  readonly last: number
}

/** The whole document. @throws RangeError when it has no line */
export const documentOf = ({ issuer, lines, mayQualify, last, ...rest }: Draft): IssuedDocument => {
  if (lines.length === 0) throw new RangeError('a document without lines')
  const rates = taxByRate(
    lines.map(({ rate, minor }) => ({ rate, minor: BigInt(minor) })),
    issuer.rounding,
  )
  const amount = rates.reduce((all, { gross }) => all + gross, 0n)
  return {
    ...rest,
    ...{ issuer, lines: [...lines], revision: 0, reissuedDay: null },
    number: numberIn(seriesOf(rest.kind, Math.floor(rest.issuedDay / 10_000)), last + 1),
    qualified: mayQualify && issuer.registration !== null,
    rates: rates.map(({ rate, gross, net, tax }) => ({
      ...{ rate, gross: gross.toString(), net: net.toString(), tax: tax.toString() },
    })),
    tax: rates.reduce((all, { tax }) => all + tax, 0n).toString(),
    amount: Number(amount),
    day: Math.max(...lines.map(({ day }) => day)),
  }
}

/** Its name on paper and on screens, as the law calls it. */
export const documentName = ({ kind, qualified }: Pick<IssuedDocument, 'kind' | 'qualified'>): DocumentName =>
  qualified ? `qualified-${kind}` : kind
export type DocumentName = DocumentKind | `qualified-${DocumentKind}`
