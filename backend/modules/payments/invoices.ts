import { dayNumber } from '#protocol/payments-day.ts'
import {
  configureIssuer,
  type DocumentKey,
  documentKeySchema,
  documentLimits,
  documentNumbers,
  type InvoicedRow,
  type InvoiceRow,
  type IssuerRow,
  invoiced,
  invoiceIssued,
  invoices,
  issueCreditNote,
  issueInvoice,
  issuerConfigured,
  issuerKey,
  issuers,
  placeOf,
  reissueInvoice,
  seriesOf,
} from '#protocol/payments-invoices.ts'
import { creditBase, documentAmount, documentOf, whyNotIssue } from '#protocol/payments-invoicing.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { isCorporateNumber } from '#protocol/payments-tax.ts'
import {
  accept,
  type CommandMeta,
  type Decision,
  defineHandler,
  defineProjection,
  happened,
  type Projection,
  type RowRef,
  ref,
  refuse,
  type State,
} from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'

/**
 * 請求書・領収書. One writer decides all commands in order, and the last number of a series is a row that each decision
 * reads and each issue raises: numbers have no gaps and none is given twice, whatever is retried and wherever it runs.
 */

const seriesAt = (kind: InvoiceRow['kind'], { at }: CommandMeta): string =>
  seriesOf(kind, Math.floor(businessDay(at) / 10_000))
const numbersRef = (kind: InvoiceRow['kind'], meta: CommandMeta): RowRef => ref(documentNumbers, seriesAt(kind, meta))
const lastNumber = (kind: InvoiceRow['kind'], meta: CommandMeta, state: State): number =>
  state.get(documentNumbers, seriesAt(kind, meta))?.last ?? 0

const configure = defineHandler({
  command: configureIssuer,
  reads: () => [ref(issuers, issuerKey)],
  decide: ({ seen, ...issuer }, _meta, state) => {
    if ((state.get(issuers, issuerKey)?.changedAt ?? 0) !== seen) return refuse('payments.issuer-changed')
    if (issuer.trader === 'corporation' && issuer.registration !== null && !isCorporateNumber(issuer.registration))
      return refuse('payments.registration-wrong')
    return accept(happened(issuerConfigured, issuer))
  },
})

const issuerIn = (state: State) => {
  const row = state.get(issuers, issuerKey)
  if (!row) return null
  const { name, address, phone, trader, registration, rounding } = row
  return { name, address, phone, trader, registration, rounding }
}

interface Wanted {
  readonly text: string
  readonly minor: string
}
/** The line of one payment, or why there is none. */
const lineOf = (
  kind: 'invoice' | 'receipt',
  { text, minor }: Wanted,
  row: PaymentRow | undefined,
  issued: InvoicedRow | undefined,
): Decision | InvoiceRow['lines'][number] => {
  if (!row) return refuse('payments.unknown')
  const why = whyNotIssue(kind, row, issued)
  if (why) return { refused: why }
  const whole = documentAmount(row)
  if (BigInt(minor) > whole) return refuse('payments.invoice-too-much', { left: whole.toString() })
  // Something was captured since the operator looked.
  if (BigInt(minor) !== whole) return refuse('payments.changed')
  const day = businessDay(row.captures[0]?.at ?? row.at)
  return { payment: row.payment, text, day, rate: row.taxRate, minor }
}
const isLine = (one: Decision | InvoiceRow['lines'][number]): one is InvoiceRow['lines'][number] => 'payment' in one

/** The invoice that a receipt is for: the one that all its payments stand on. */
const invoiceOf = (rows: readonly (InvoicedRow | undefined)[]): InvoiceRow['of'] => {
  const numbers = new Set(rows.map((row) => row?.invoice?.number ?? null))
  const [only = null] = numbers
  return numbers.size === 1 ? only : null
}

const issue = defineHandler({
  command: issueInvoice,
  reads: ({ kind, lines }, meta) => [
    ref(issuers, issuerKey),
    numbersRef(kind, meta),
    ...lines.flatMap(({ payment }) => [ref(payments, payment), ref(invoiced, payment)]),
  ],
  decide: ({ kind, counterparty, honorific, lines: wanted, due, note }, meta, state) => {
    const issuer = issuerIn(state)
    if (!issuer) return refuse('payments.issuer-missing')
    const before = wanted.map(({ payment }) => state.get(invoiced, payment))
    const found = wanted.map((one, nth) => lineOf(kind, one, state.get(payments, one.payment), before[nth]))
    const refused = found.find((one) => !isLine(one))
    if (refused && !isLine(refused)) return refused
    const document = documentOf({
      ...{ kind, counterparty, honorific, note, issuer, reason: '', mayQualify: true },
      lines: found.filter(isLine),
      issuedDay: businessDay(meta.at),
      dueDay: kind === 'invoice' && due !== null ? dayNumber(due) : null,
      of: kind === 'receipt' ? invoiceOf(before) : null,
      ...{ soldDay: null, refund: null },
      last: lastNumber(kind, meta, state),
    })
    return accept(happened(invoiceIssued, { ...document, replaces: null }))
  },
})

const credit = defineHandler({
  command: issueCreditNote,
  reads: ({ payment, of }, meta) => [
    ref(issuers, issuerKey),
    numbersRef('credit', meta),
    ref(payments, payment),
    ref(invoiced, payment),
    ref(invoices, of),
  ],
  decide: ({ payment, refund, of, reason }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const issued = state.get(invoiced, payment)
    const base = creditBase(issued)
    if (base === null) return refuse('payments.credit-without-invoice')
    const made = issued?.credits.find((one) => one.refund === refund)
    if (made) return refuse('payments.credit-exists', { number: made.number })
    const done = row.refunds.find(({ id }) => id === refund)
    if (!done) return refuse('payments.refund-unknown')
    const reduced = state.get(invoices, of)
    const sold = reduced?.lines.find((line) => line.payment === payment)
    if (base.key !== of || !reduced || !sold) return refuse('payments.changed')
    const issuer = issuerIn(state)
    if (!issuer) return refuse('payments.issuer-missing')
    const document = documentOf({
      ...{ kind: 'credit', issuer, reason, note: '', dueDay: null, refund },
      ...{ counterparty: reduced.counterparty, honorific: reduced.honorific },
      ...{ of: reduced.number, soldDay: sold.day, mayQualify: reduced.qualified },
      lines: [{ ...sold, day: businessDay(done.at), minor: done.minor }],
      issuedDay: businessDay(meta.at),
      last: lastNumber('credit', meta, state),
    })
    return accept(happened(invoiceIssued, { ...document, replaces: null }))
  },
})

/** What stands on it, without what its row knows of it. */
const documentIn = ({
  key: _key,
  entry: _entry,
  at: _at,
  by: _by,
  replacedBy: _by2,
  state: _state,
  ...document
}: InvoiceRow) => document

const reissue = defineHandler({
  command: reissueInvoice,
  reads: ({ key }) => [ref(invoices, key)],
  decide: ({ key, counterparty, honorific, reason }, meta, state) => {
    const row = state.get(invoices, key)
    if (!row) return refuse('payments.invoice-unknown')
    if (row.replacedBy !== null) return refuse('payments.invoice-replaced')
    if (row.revision >= documentLimits.revisions) return refuse('payments.invoice-revisions')
    return accept(
      happened(invoiceIssued, {
        ...documentIn(row),
        ...{ counterparty, honorific, reason, revision: row.revision + 1, reissuedDay: businessDay(meta.at) },
        replaces: key,
      }),
    )
  },
})

export const invoiceHandlers = [configure, issue, credit, reissue]

const keyOf = ({ index }: { readonly index: number }): DocumentKey =>
  documentKeySchema.parse(String(index).padStart(12, '0'))
const nothingIssued = (payment: InvoicedRow['payment']): InvoicedRow => ({
  ...{ payment, invoice: null, receipt: null, credits: [] },
})

export const invoiceProjections: readonly Projection[] = [
  defineProjection({
    on: issuerConfigured,
    into: issuers,
    reads: () => [],
    project: (issuer, { at, operator }) => [
      { key: issuerKey, row: { ...issuer, key: issuerKey, changedAt: at, changedBy: operator } satisfies IssuerRow },
    ],
  }),
  defineProjection({
    on: invoiceIssued,
    into: invoices,
    reads: ({ replaces }) => (replaces === null ? [] : [replaces]),
    project: ({ replaces, ...document }, meta, get) => {
      const key = keyOf(meta)
      const before = replaces === null ? undefined : get(replaces)
      const kept = { entry: meta.index, at: meta.at, by: meta.operator }
      return [
        { key, row: { ...document, key, ...kept, replacedBy: null, state: 'current' as const } },
        ...(before ? [{ key: before.key, row: { ...before, replacedBy: key, state: 'replaced' as const } }] : []),
      ]
    },
  }),
  defineProjection({
    on: invoiceIssued,
    into: documentNumbers,
    reads: ({ number }) => [placeOf(number).series],
    project: ({ number, revision }) => {
      const { series, nth } = placeOf(number)
      return revision > 0 ? [] : [{ key: series, row: { series, last: nth } }]
    },
  }),
  defineProjection({
    on: invoiceIssued,
    into: invoiced,
    reads: ({ lines }) => lines.map(({ payment }) => payment),
    project: ({ kind, number, refund, lines }, meta, get) => {
      const issued = { key: keyOf(meta), number }
      return lines.map(({ payment }) => {
        const row = get(payment) ?? nothingIssued(payment)
        if (kind !== 'credit') return { key: payment, row: { ...row, [kind]: issued } }
        const others = row.credits.filter((one) => one.refund !== refund)
        return { key: payment, row: { ...row, credits: [...others, { ...issued, refund: refund ?? '' }] } }
      })
    },
  }),
]
