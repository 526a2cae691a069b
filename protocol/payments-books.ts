import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { commandIdSchema, instantSchema, operatorIdSchema } from './ids.ts'
import { paymentIdSchema } from './payments.ts'
import { businessDaySchema } from './payments-closings.ts'
import { dayText } from './payments-day.ts'
import { transferKindSchema } from './payments-ledger.ts'
import { noteSchema } from './payments-records.ts'
import type { TaxRate } from './payments-tax.ts'

/**
 * 仕訳・書き出し: what accounting programs are given of the books. A voucher (伝票) is what one entry of the log booked; its
 * lines are derived from transfers alone (main/exports/books). How our accounts are called over there is set here.
 */

export const programs = ['freee', 'yayoi'] as const
export const programSchema = z.enum(programs)
export type Program = (typeof programs)[number]
/** As people call them, in every language. */
export const programNames: Readonly<Record<Program, string>> = { freee: 'freee会計', yayoi: '弥生会計' }

/** What of our books has a name of its own there. `merchant` is all that is sold. */
export const bookSlots = [
  'clearing:stars',
  'clearing:paypay',
  'clearing:paypal',
  'fees:stars',
  'fees:paypay',
  'fees:paypal',
  'disputes:stars',
  'disputes:paypay',
  'disputes:paypal',
  'merchant',
  'refunds',
  'taxes',
  'losses',
  'adjustments',
  'bank',
] as const
export type BookSlot = (typeof bookSlots)[number]

/** Columns of a text where a kanji takes two, and Latin letters and half-width kana one: how programs there count. */
export const columnsOf = (text: string): number =>
  [...text].reduce((sum, one) => sum + (/^[\x20-\x7e\uff61-\uff9f]$/.test(one) ? 1 : 2), 0)
const nameColumns = 24
/** A name in the accounting program. Nothing that a CSV or a spreadsheet would read as more than text. */
const nameSchema = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}",'=+\-@#][^\p{Cc}",]*$|^$/u)
  .refine((name) => columnsOf(name) <= nameColumns)
const givenSchema = nameSchema.refine((name) => name !== '')
const slotSchema = z.strictObject({
  /** 勘定科目 */
  account: givenSchema,
  /** 補助科目; empty: none. */
  sub: nameSchema,
})

/** Each rate of consumption tax has a name of its own. */
const ratesSchema = z.strictObject({ 10: givenSchema, 8: givenSchema, 0: givenSchema } satisfies Record<
  TaxRate,
  typeof givenSchema
>)

export const bookNamesSchema = z.strictObject({
  slots: z.strictObject(
    Object.fromEntries(bookSlots.map((slot) => [slot, slotSchema])) as Record<BookSlot, typeof slotSchema>,
  ),
  /** 税区分, in the program's own words. */
  sale: ratesSchema,
  refund: ratesSchema,
  /** Of providers' fees; and of everything else. */
  fee: givenSchema,
  none: givenSchema,
  /** What was sold under which merchant code becomes the sub-account of sales. */
  merchantAsSub: z.boolean(),
})
export type BookNames = z.infer<typeof bookNamesSchema>

const slotsOf = (refunds: string): BookNames['slots'] => ({
  'clearing:stars': { account: '売掛金', sub: 'Telegram Stars' },
  'clearing:paypay': { account: '売掛金', sub: 'PayPay' },
  'clearing:paypal': { account: '売掛金', sub: 'PayPal' },
  'fees:stars': { account: '支払手数料', sub: 'Telegram Stars' },
  'fees:paypay': { account: '支払手数料', sub: 'PayPay' },
  'fees:paypal': { account: '支払手数料', sub: 'PayPal' },
  'disputes:stars': { account: '未収入金', sub: 'Telegram Stars' },
  'disputes:paypay': { account: '未収入金', sub: 'PayPay' },
  'disputes:paypal': { account: '未収入金', sub: 'PayPal' },
  merchant: { account: '売上高', sub: '' },
  refunds: { account: refunds, sub: '' },
  taxes: { account: '仮受消費税', sub: '' },
  losses: { account: '雑損失', sub: '' },
  adjustments: { account: '仮払金', sub: '' },
  bank: { account: '普通預金', sub: '' },
})

/** What is meant until somebody sets it: accounts that both programs bring along, taxes with the price. */
export const usualNames: Readonly<Record<Program, BookNames>> = {
  freee: {
    slots: slotsOf('売上高'),
    sale: { 10: '課税売上10%', 8: '課税売上8%（軽）', 0: '対象外' },
    refund: { 10: '課税売返10%', 8: '課税売返8%（軽）', 0: '対象外' },
    ...{ fee: '対象外', none: '対象外', merchantAsSub: false },
  },
  yayoi: {
    slots: slotsOf('売上高'),
    sale: { 10: '課税売上込10%', 8: '課税売上込軽減8%', 0: '対象外' },
    refund: { 10: '課税売返込10%', 8: '課税売返込軽減8%', 0: '対象外' },
    ...{ fee: '対象外', none: '対象外', merchantAsSub: false },
  },
}

/** The names that were set; a program without a row has {@link usualNames}. */
export const bookNames = defineCollection({
  name: 'payments.book-names',
  version: 1,
  schema: z.strictObject({
    program: programSchema,
    names: bookNamesSchema,
    changedAt: instantSchema,
    changedBy: operatorIdSchema,
  }),
  key: (row) => row.program,
  indexes: [],
  read: 'payments.read',
  retention: { rows: 10 },
})
export type BookNamesRow = z.infer<typeof bookNames.schema>

export const setBookNames = defineCommand({
  name: 'payments.setBookNames',
  risk: 'low',
  permission: 'payments.books',
  params: z.strictObject({
    program: programSchema,
    names: bookNamesSchema,
    /** `changedAt` of the row that the person saw; 0: there was none. Another by now: refused. */
    seen: z.int().min(0),
  }),
})
export const bookNamesSet = defineEvent({
  type: 'payments.bookNamesSet@1',
  data: setBookNames.params.omit({ seen: true }),
  notice: ({ program }) => ({
    category: 'payment',
    severity: 'notice',
    code: 'payments.book-names-set',
    params: { program: programNames[program] },
  }),
})

/** Currencies that the books keep and an accounting program in yen does not. */
export const ratedCurrencies = ['XTR', 'USD'] as const
export const ratedCurrencySchema = z.enum(ratedCurrencies)
export type RatedCurrency = (typeof ratedCurrencies)[number]
/** Yen for one Star or one dollar: more than zero, six digits and six decimals at most. */
export const yenRateSchema = z.string().regex(/^(?!0+(\.0+)?$)(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?$/)
/** A rate counts from its day on until the next one, and no longer than this. */
export const rateDays = 31

export const rateKey = (currency: string, day: number): string => `${currency}/${day}`
/** 換算レート: nothing in the books is converted; a file for an accounting program is. */
export const rates = defineCollection({
  name: 'payments.rates',
  version: 1,
  schema: z.strictObject({
    key: z.string().max(16),
    currency: ratedCurrencySchema,
    /** From this business day on. */
    day: businessDaySchema,
    yen: yenRateSchema,
    /** Where it is from. */
    note: noteSchema,
    at: instantSchema,
    by: operatorIdSchema,
  }),
  key: (row) => row.key,
  indexes: [['currency'], ['day']],
  read: 'payments.read',
  retention: { rows: 10_000, by: 'day' },
})
export type RateRow = z.infer<typeof rates.schema>

/** The same day once more puts another rate in its place; what was written before stays as it was written. */
export const recordRate = defineCommand({
  name: 'payments.recordRate',
  risk: 'low',
  permission: 'payments.books',
  params: z.strictObject({
    currency: ratedCurrencySchema,
    /** YYYY-MM-DD in JST. */
    day: z.iso.date(),
    yen: yenRateSchema,
    note: noteSchema.min(1),
  }),
})
export const rateRecorded = defineEvent({
  type: 'payments.rateRecorded@1',
  data: recordRate.params.extend({ day: businessDaySchema }),
  notice: ({ currency, day, yen }) => ({
    category: 'payment',
    severity: 'notice',
    code: 'payments.rate-recorded',
    params: { currency, day: dayText(day), yen },
  }),
})

/** Why a voucher is not in the file. */
export const leftOutReasons = [
  /** Another currency than yen, and no rate that counts on its day. */
  'no-rate',
  /** The tax rate of what was sold has no name among the settings. */
  'tax-rate',
  /** The payment that says the tax rate is no longer here. */
  'payment-gone',
  /** Less than half a yen. */
  'below-a-yen',
  /** More digits than the program takes. */
  'too-large',
] as const
export const leftOutReasonSchema = z.enum(leftOutReasons)
export type LeftOutReason = (typeof leftOutReasons)[number]

const countSchema = z.int().min(0)
/** What a file holds, and what it does not. */
export const bookTotalsSchema = z.strictObject({
  vouchers: countSchema,
  lines: countSchema,
  /** Yen; debits and credits alike. */
  yen: z.string().regex(/^(0|[1-9][0-9]{0,37})$/),
  leftOut: countSchema,
  /** Characters that the file's encoding has no place for; 〓 stands for each. */
  replaced: countSchema,
  /** Texts that are longer than the program takes, cut with … at their end. */
  shortened: countSchema,
})
export type BookTotals = z.infer<typeof bookTotalsSchema>

const rangeSchema = z.strictObject({
  program: programSchema,
  /** First and last business day in JST. */
  from: businessDaySchema,
  to: businessDaySchema,
})
export type BookRange = z.infer<typeof rangeSchema>
const inOrder = ({ from, to }: BookRange): boolean => from <= to

/** Signed by who wrote the file, before it takes its name: no file without its record. */
export const recordBooks = defineCommand({
  name: 'payments.recordBooks',
  risk: 'low',
  permission: 'payments.books',
  params: rangeSchema.extend({ ...bookTotalsSchema.shape, sha256: z.string().regex(/^[0-9a-f]{64}$/) }).refine(inOrder),
})
export const booksWritten = defineEvent({
  type: 'payments.booksWritten@1',
  data: recordBooks.params,
  notice: ({ program, from, to, vouchers }) => ({
    category: 'payment',
    severity: 'notice',
    code: 'payments.books-written',
    params: { program: programNames[program], from: dayText(from), to: dayText(to), count: vouchers },
  }),
})
/** Files that were written: so that nobody gives a program the same days twice unawares. */
export const bookFiles = defineCollection({
  name: 'payments.book-files',
  version: 1,
  schema: z.strictObject({
    key: commandIdSchema,
    ...rangeSchema.shape,
    ...bookTotalsSchema.shape,
    sha256: z.string(),
    at: instantSchema,
    by: operatorIdSchema,
  }),
  key: (row) => row.key,
  indexes: [['program'], ['from'], ['to']],
  read: 'payments.read',
  retention: { rows: 10_000, by: 'key' },
})
export type BookFileRow = z.infer<typeof bookFiles.schema>

/** One line of a journal: an amount in yen from one account of the program to another. */
export const bookLineSchema = z.strictObject({
  kind: transferKindSchema,
  debit: z.strictObject({ account: z.string(), sub: z.string(), tax: z.string() }),
  credit: z.strictObject({ account: z.string(), sub: z.string(), tax: z.string() }),
  /** Yen with tax, as text; and the tax within it, on the side that has a tax class. Empty: none is told. */
  yen: z.string(),
  debitTax: z.string(),
  creditTax: z.string(),
})
export type BookLine = z.infer<typeof bookLineSchema>

/** 伝票 */
export const voucherSchema = z.strictObject({
  /** Of the log's entry that booked it, and a number where one entry has several: `12`, `12-1`. */
  number: z.string(),
  day: businessDaySchema,
  payment: paymentIdSchema.or(z.literal('')),
  text: z.string(),
  lines: z.array(bookLineSchema),
})
export type Voucher = z.infer<typeof voucherSchema>

export const leftOutSchema = z.strictObject({
  number: z.string(),
  day: businessDaySchema,
  payment: paymentIdSchema.or(z.literal('')),
  reason: leftOutReasonSchema,
  /** What it is about: `12.50 USD`, `5 %`. */
  detail: z.string(),
})
export type LeftOut = z.infer<typeof leftOutSchema>

/** How much of both lists a preview shows. */
export const previewLimit = 100
export const booksOrderSchema = rangeSchema.refine(inOrder)
/** The whole range is gone through, and nothing written. */
export const booksPreviewSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('running'), rows: countSchema }),
  z.strictObject({
    state: z.literal('done'),
    totals: bookTotalsSchema,
    /** Transfers that are reservations: no money yet, and in no journal. */
    reservations: countSchema,
    vouchers: z.array(voucherSchema).max(previewLimit),
    leftOut: z.array(leftOutSchema).max(previewLimit),
  }),
])
export type BooksPreview = z.infer<typeof booksPreviewSchema>
