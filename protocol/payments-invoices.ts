import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import type { DescribedLine } from './description.ts'
import { defineEvent } from './event.ts'
import { instantSchema, operatorIdSchema } from './ids.ts'
import { moneyText } from './money.ts'
import { minorSchema, paymentIdSchema, referenceSchema } from './payments.ts'
import { businessDaySchema } from './payments-closings.ts'
import { noteSchema } from './payments-records.ts'
import { documentCurrency, registrationPattern, roundings } from './payments-tax.ts'

/**
 * 請求書・領収書: documents over payments. Each is an event that carries all that stands on it, so that it is proved as every
 * entry is. Who it is made out to stands in the clear, as 電子帳簿保存法 asks for (class `statutory`, decision 106).
 */

/** 請求書, 領収書, 返還請求書. With a registered issuer the first two are 適格請求書, the third a 適格返還請求書. */
export const documentKinds = ['invoice', 'receipt', 'credit'] as const
export const documentKindSchema = z.enum(documentKinds)
export type DocumentKind = z.infer<typeof documentKindSchema>

/** `INV-2026-000001`: of its kind and year (JST), counted from one without gaps. A reissue keeps it. */
export const documentNumberSchema = z
  .string()
  .regex(/^(INV|RCP|CRN)-[0-9]{4}-[0-9]{6,9}$/)
  .brand('DocumentNumber')
export type DocumentNumber = z.infer<typeof documentNumberSchema>
/** Of the entry that issued it: 12 digits, so that key order is the order of issue. */
export const documentKeySchema = z
  .string()
  .regex(/^[0-9]{12}$/)
  .brand('DocumentKey')
export type DocumentKey = z.infer<typeof documentKeySchema>

const prefixes: Readonly<Record<DocumentKind, string>> = { invoice: 'INV', receipt: 'RCP', credit: 'CRN' }
/** @param year of Japan */
export const seriesOf = (kind: DocumentKind, year: number): string => `${prefixes[kind]}-${year}`
export const numberIn = (series: string, nth: number): DocumentNumber =>
  documentNumberSchema.parse(`${series}-${String(nth).padStart(6, '0')}`)

/** The two parts of a number: `INV-2026` and 1. */
export const placeOf = (number: DocumentNumber): { readonly series: string; readonly nth: number } => {
  const at = number.lastIndexOf('-')
  return { series: number.slice(0, at), nth: Number(number.slice(at + 1)) }
}

/** One line of print: no control characters, nothing at the ends. */
const printed = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Co}\u2028\u2029]*$/u)
export const counterpartySchema = printed(120)
/** 御中 after a company's name, 様 after a person's. */
export const honorifics = ['onchu', 'sama'] as const
const honorificSchema = z.enum(honorifics)
export type Honorific = z.infer<typeof honorificSchema>
export const documentLimits = { lines: 20, revisions: 99 } as const

/** Who issues, as it stands on documents. */
const issuerSchema = z.strictObject({
  name: printed(120),
  address: printed(200),
  /** Empty: not told. */
  phone: z.string().regex(/^[0-9+() -]{0,24}$/),
  /** A corporation's number is held to its check digit. */
  trader: z.enum(['corporation', 'sole']),
  /** 登録番号; null: not registered, so that nothing it issues is a 適格請求書. */
  registration: z.string().regex(registrationPattern).nullable(),
  rounding: z.enum(roundings),
})
export type Issuer = z.infer<typeof issuerSchema>

const lineSchema = z.strictObject({
  payment: paymentIdSchema,
  /** What was sold. */
  text: printed(120),
  /** 取引年月日 */
  day: businessDaySchema,
  /** Percent; what of it is 軽減税率 says payments-tax.ts. */
  rate: z.int().min(0).max(99),
  /** Yen, tax included. */
  minor: minorSchema,
})
export type DocumentLine = z.infer<typeof lineSchema>

/** All that stands on it. Sums are yen. */
const documentSchema = z.strictObject({
  kind: documentKindSchema,
  number: documentNumberSchema,
  /** 0: first issued; from 1 on a 再発行. */
  revision: z.int().min(0).max(documentLimits.revisions),
  /** 適格請求書 or 適格返還請求書. */
  qualified: z.boolean(),
  issuer: issuerSchema,
  /** 宛名, 取引先 */
  counterparty: counterpartySchema,
  honorific: honorificSchema,
  lines: z.array(lineSchema).min(1).max(documentLimits.lines),
  rates: z.array(
    z.strictObject({ rate: lineSchema.shape.rate, gross: minorSchema, net: minorSchema, tax: minorSchema }),
  ),
  tax: minorSchema,
  /** What lists are filtered by: the whole sum, and the last of the lines' days. */
  amount: z.int().min(1).max(999_999_999_999_999),
  day: businessDaySchema,
  issuedDay: businessDaySchema,
  /** null: first issued. */
  reissuedDay: businessDaySchema.nullable(),
  /** 支払期限; null: none, or paid. */
  dueDay: businessDaySchema.nullable(),
  /** The document that it belongs to: what a credit note reduces, the invoice that a receipt is for. */
  of: documentNumberSchema.nullable(),
  /** A credit note's: the day of the sale that it reduces, and the provider's id of the refund. */
  soldDay: businessDaySchema.nullable(),
  refund: referenceSchema.nullable(),
  note: noteSchema,
  /** Why it was issued again, or the money given back. */
  reason: noteSchema,
})
export type IssuedDocument = z.infer<typeof documentSchema>

/** One row each, also of those that a reissue replaced. */
export const invoices = defineCollection({
  name: 'payments.invoices',
  version: 1,
  schema: documentSchema.extend({
    key: documentKeySchema,
    /** The entry that issued it. */
    entry: z.int().min(0),
    at: instantSchema,
    by: operatorIdSchema,
    /** The reissue that took its place. */
    replacedBy: documentKeySchema.nullable(),
    state: z.enum(['current', 'replaced']),
  }),
  key: (row) => row.key,
  indexes: [['kind'], ['number'], ['state'], ['counterparty'], ['day'], ['issuedDay'], ['amount'], ['at']],
  search: (row) => [row.counterparty, row.number, ...row.lines.map(({ payment }) => payment)].join('\n'),
  read: 'payments.invoices',
  retention: { rows: 1_000_000, by: 'at' },
})
export type InvoiceRow = z.infer<typeof invoices.schema>

const issuedSchema = z.strictObject({ key: documentKeySchema, number: documentNumberSchema })
/** What was issued over a payment: at most one of each, and one credit note for each refund. */
export const invoiced = defineCollection({
  name: 'payments.invoiced',
  version: 1,
  schema: z.strictObject({
    payment: paymentIdSchema,
    invoice: issuedSchema.nullable(),
    receipt: issuedSchema.nullable(),
    credits: z.array(issuedSchema.extend({ refund: referenceSchema })).max(40),
  }),
  key: (row) => row.payment,
  indexes: [],
  read: 'payments.invoices',
  retention: { rows: 2_000_000 },
})
export type InvoicedRow = z.infer<typeof invoiced.schema>

/** The last number of each series. Not in the catalogue: no desktop mirrors it. */
export const documentNumbers = defineCollection({
  name: 'payments.document-numbers',
  version: 1,
  schema: z.strictObject({ series: z.string().max(16), last: z.int().min(1) }),
  key: (row) => row.series,
  indexes: [],
  read: 'payments.invoices',
  retention: { rows: 10_000 },
})

/** One row, `issuer`. */
export const issuerKey = 'issuer' as const
export const issuers = defineCollection({
  name: 'payments.issuers',
  version: 1,
  schema: issuerSchema.extend({
    key: z.literal(issuerKey),
    changedAt: instantSchema,
    changedBy: operatorIdSchema,
  }),
  key: (row) => row.key,
  indexes: [],
  read: 'payments.read',
  retention: { rows: 10 },
})
export type IssuerRow = z.infer<typeof issuers.schema>

const text = (label: DescribedLine['label'], value: string): DescribedLine => ({
  label,
  values: [value === '' ? { as: 'word', word: 'none' } : { as: 'text', text: value }],
})
/** Decides what stands on every document from now on; those that are issued stay as they are. */
export const configureIssuer = defineCommand({
  name: 'payments.configureIssuer',
  risk: 'medium',
  permission: 'payments.configure',
  params: issuerSchema.extend({
    /** `changedAt` of what the operator saw; 0: nothing was set. Another by now: refused. */
    seen: z.int().min(0),
  }),
  describe: ({ name, address, phone, registration, rounding }) => ({
    title: 'payments.configureIssuer',
    lines: [
      text('issuerName', name),
      text('registration', registration ?? ''),
      text('postalAddress', address),
      text('phone', phone),
      { label: 'taxRounding', values: [{ as: 'word', word: `rounding.${rounding}` }] },
    ],
    effects: ['effect.configureIssuer'],
  }),
})

const toSchema = { counterparty: counterpartySchema, honorific: honorificSchema }
/**
 * 請求書 or 領収書 over one payment or several. `minor` is what the operator saw of each: all that was captured, or for an
 * invoice before payment all that was ordered. Refusals: `payments.issuer-missing`, `payments.invoice-needs-yen`,
 * `payments.invoice-exists`, `payments.invoice-not-paid`, `payments.invoice-nothing`, `payments.invoice-too-much`,
 * `payments.invoice-rate`, `payments.changed`, `payments.unknown`.
 */
export const issueInvoice = defineCommand({
  name: 'payments.issueInvoice',
  risk: 'low',
  permission: 'payments.issue',
  params: z.strictObject({
    kind: z.enum(['invoice', 'receipt']),
    ...toSchema,
    lines: z
      .array(lineSchema.pick({ payment: true, text: true, minor: true }))
      .min(1)
      .max(documentLimits.lines)
      .refine((lines) => new Set(lines.map(({ payment }) => payment)).size === lines.length),
    /** YYYY-MM-DD in Japan; of an unpaid invoice alone. */
    due: z.iso.date().nullable(),
    note: noteSchema,
  }),
  facts: ({ lines }) => ({
    amounts: [{ currency: documentCurrency, minor: lines.reduce((all, { minor }) => all + BigInt(minor), 0n) }],
  }),
})
/**
 * 返還請求書 for one refund of a payment that a document was issued over. Refusals: `payments.credit-without-invoice`,
 * `payments.credit-exists`, `payments.refund-unknown`, `payments.changed`, `payments.issuer-missing`, `payments.unknown`.
 */
export const issueCreditNote = defineCommand({
  name: 'payments.issueCreditNote',
  risk: 'low',
  permission: 'payments.issue',
  params: z.strictObject({
    payment: paymentIdSchema,
    /** The provider's id of the refund. */
    refund: referenceSchema,
    /** The document that it reduces, as the operator saw it. */
    of: documentKeySchema,
    reason: noteSchema.min(1),
  }),
})
/**
 * 再発行: the same number with the next revision, marked as such; what it replaces stays. Sums and dates stay too: of what
 * was wrong only whom it is made out to can be put right. Refusals: `payments.invoice-unknown`,
 * `payments.invoice-replaced`, `payments.invoice-revisions`.
 */
export const reissueInvoice = defineCommand({
  name: 'payments.reissueInvoice',
  risk: 'low',
  permission: 'payments.issue',
  params: z.strictObject({ key: documentKeySchema, ...toSchema, reason: noteSchema.min(1) }),
})

export const issuerConfigured = defineEvent({
  type: 'payments.issuerConfigured@1',
  data: issuerSchema,
  notice: ({ registration }) => ({
    category: 'payment',
    severity: 'warning',
    code: 'payments.issuer-configured',
    params: { registration: registration ?? '–' },
  }),
})
/** A document, first issued or again. The notice names no counterparty: events are read by more people. */
export const invoiceIssued = defineEvent({
  type: 'payments.invoiceIssued@1',
  data: documentSchema.extend({ replaces: documentKeySchema.nullable() }),
  notice: ({ kind, number, revision, amount }) => ({
    category: 'payment',
    severity: 'info',
    code: revision === 0 ? `payments.issued-${kind}` : 'payments.reissued',
    params: { number, amount: moneyText({ currency: documentCurrency, minor: BigInt(amount) }) },
  }),
})
