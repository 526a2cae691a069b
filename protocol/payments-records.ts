import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineEvent } from './event.ts'

import { instantSchema, operatorIdSchema } from './ids.ts'
import { currencies, moneyText } from './money.ts'
import {
  actIdSchema,
  actKindSchema,
  minorSchema,
  type PaymentCurrency,
  payerIdSchema,
  paymentCurrencySchema,
  paymentIdSchema,
  providerSchema,
  referenceSchema,
} from './payments.ts'
import { accountSchema, transferKindSchema, transferSchema } from './payments-ledger.ts'
import { endings, paymentStateSchema } from './payments-life.ts'
import { type SubjectId, sealedFieldSchema, subjectOf } from './sealed-value.ts'

/** The collections and events of 決済. Commands: payments-commands.ts. */

/** A stable code, the provider's own or ours; for logs and screens. */
export const codeSchema = z.string().regex(/^[A-Za-z0-9_.-]{0,64}$/)
export const merchantSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
export const titleSchema = z.string().trim().min(1).max(255)
export const noteSchema = z.string().trim().max(500)

/** Why a provider is asked again; the first that holds. */
export const questionReasons = ['unknown', 'act', 'hold', 'link', 'dispute', 'fee'] as const
const questionSchema = z.strictObject({
  reason: z.enum(questionReasons),
  since: instantSchema,
  /** From then on nobody asks any more; null: until it is answered. */
  until: instantSchema.nullable(),
})
export type Question = z.infer<typeof questionSchema>
export type QuestionReason = Question['reason']

/** Things that happened once at the provider, in the row of their payment. */
export const paymentLimits = { captures: 20, refunds: 40, disputes: 10, acts: 60 } as const

const linkSchema = z.strictObject({
  /** What the buyer opens, or scans as QR. */
  url: z.string().min(1).max(2_000),
  expiresAt: instantSchema.nullable(),
})
const captureSchema = z.strictObject({
  id: referenceSchema,
  minor: minorSchema,
  /** null: the provider has not said yet. */
  fee: minorSchema.nullable(),
  at: instantSchema,
})
const refundSchema = z.strictObject({
  id: referenceSchema,
  /** Which of our refunds it is; null: made elsewhere. */
  act: actIdSchema.nullable(),
  minor: minorSchema,
  feeBack: minorSchema.nullable(),
  at: instantSchema,
})
const disputeSchema = z.strictObject({
  id: referenceSchema,
  minor: minorSchema,
  state: z.enum(['open', 'won', 'lost']),
  at: instantSchema,
})
export const actStates = ['asked', 'accepted', 'unknown', 'refused', 'done'] as const
const actSchema = z.strictObject({
  act: actIdSchema,
  kind: actKindSchema,
  /** 0: says no amount. */
  minor: minorSchema,
  /**
   * asked: on its way. accepted: the provider took it on. unknown: nobody knows. refused: it did not happen. done: it is
   * seen in what the provider has.
   */
  state: z.enum(actStates),
  /** Why refused or unknown. */
  code: codeSchema,
  /** What it is done to at the provider: an authorisation, a capture; empty: the payment as a whole. */
  of: referenceSchema.or(z.literal('')),
  by: operatorIdSchema,
  at: instantSchema,
})
export type ActRow = z.infer<typeof actSchema>

const sumSchema = z.string().regex(/^(0|-?[1-9][0-9]{0,37})$/)
export const paymentRowSchema = z.strictObject({
  payment: paymentIdSchema,
  provider: providerSchema,
  merchant: merchantSchema,
  state: paymentStateSchema,
  currency: paymentCurrencySchema,
  /** What was ordered, in minor units: a number, because lists are filtered by its range. */
  amount: z.int().min(1).max(999_999_999_999_999),
  taxRate: z.int().min(0).max(99),
  intent: z.enum(['capture', 'authorise']),
  /** What the buyer is shown; what only we see. */
  title: titleSchema,
  note: noteSchema,
  /** Created; with `day` (20261121) and `month` (202611) of it in JST, for filters by equality. */
  at: instantSchema,
  day: z.int(),
  month: z.int(),
  by: operatorIdSchema,
  changedAt: instantSchema,
  /** The provider's id of the order; empty while there is none. */
  reference: referenceSchema.or(z.literal('')),
  /** The end of what the provider calls its number: the newest capture's, else the order's; buyers read it out. */
  last4: z.string().max(4),
  link: linkSchema.nullable(),
  authorisation: z
    .strictObject({ id: referenceSchema, minor: minorSchema, expiresAt: instantSchema.nullable() })
    .nullable(),
  captures: z.array(captureSchema).max(paymentLimits.captures),
  refunds: z.array(refundSchema).max(paymentLimits.refunds),
  disputes: z.array(disputeSchema).max(paymentLimits.disputes),
  acts: z.array(actSchema).max(paymentLimits.acts),
  /** Added up from its transfers (payments-ledger.ts), minor units. */
  sums: z.strictObject({
    held: sumSchema,
    captured: sumSchema,
    refunded: sumSchema,
    disputed: sumSchema,
    lost: sumSchema,
    fees: sumSchema,
  }),
  /** The buyer can pay, or has paid and the provider thinks about it. */
  offered: z.boolean(),
  ended: z.enum(endings).nullable(),
  payer: payerIdSchema.nullable(),
  /** Cases that are not closed; with what was told already (`kind/about`), so that each is told once. */
  cases: z.int().min(0),
  told: z.array(z.string().max(240)).max(100),
})
export type PaymentRow = z.infer<typeof paymentRowSchema>

/** `1,234円` is found as 1234 and as 1,234: what people type of an amount. */
const amountWords = (currency: PaymentCurrency, amount: number): string => {
  const text = moneyText({ currency, minor: BigInt(amount) })
  return `${text}\n${text.replaceAll(',', '')}${currencies[currency] === 0 ? '' : `\n${amount}`}`
}

/** 決済, one row each. Keys are UUIDv7, so that key order is the order of creation. */
export const payments = defineCollection({
  name: 'payments',
  version: 1,
  schema: paymentRowSchema,
  key: (row) => row.payment,
  indexes: [
    ['provider'],
    ['state'],
    ['currency'],
    ['merchant'],
    ['payer'],
    ['last4'],
    ['day'],
    ['month'],
    ['cases'],
    ['amount'],
    ['at'],
  ],
  search: (row) =>
    [
      row.title,
      row.note,
      row.payment,
      row.reference,
      ...[...row.captures, ...row.refunds, ...row.disputes].map(({ id }) => id),
      amountWords(row.currency, row.amount),
    ].join('\n'),
  read: 'payments.read',
  retention: { rows: 2_000_000, by: 'at' },
})

/** A transfer, as it was booked: never changed. */
export const transferRowSchema = z.strictObject({
  /** Of the event, and the number within it: `000000000012-000-00`. */
  key: z.string().regex(/^[0-9]{12}-[0-9]{3}-[0-9]{2}$/),
  at: instantSchema,
  /** The business day that it counts for, 20261121. */
  day: z.int(),
  kind: transferKindSchema,
  debit: accountSchema,
  credit: accountSchema,
  currency: paymentCurrencySchema,
  /** Minor units, as text of any length and as a number to filter by (capped at 999,999,999,999,999). */
  minor: transferSchema.shape.minor,
  amount: z.int().min(1).max(999_999_999_999_999),
  /** Empty: of no payment. */
  payment: paymentIdSchema.or(z.literal('')),
  note: noteSchema,
  by: operatorIdSchema,
})
export type TransferRow = z.infer<typeof transferRowSchema>

/** 仕訳, all of it. */
export const transfers = defineCollection({
  name: 'payments.transfers',
  version: 1,
  schema: transferRowSchema,
  key: (row) => row.key,
  indexes: [['debit'], ['credit'], ['currency'], ['kind'], ['payment'], ['day'], ['amount'], ['at']],
  search: (row) => `${row.note}\n${row.payment}`,
  read: 'payments.read',
  retention: { rows: 5_000_000, by: 'key' },
})

export const accountKey = (account: string, currency: string): string => `${account}/${currency}`
/** 残高 of each account and currency: what was debited, what was credited. */
export const accounts = defineCollection({
  name: 'payments.accounts',
  version: 1,
  schema: z.strictObject({
    key: z.string().max(64),
    account: accountSchema,
    currency: paymentCurrencySchema,
    debits: sumSchema,
    credits: sumSchema,
    transfers: z.int().min(0),
    changedAt: instantSchema,
  }),
  key: (row) => row.key,
  indexes: [['account'], ['currency']],
  read: 'payments.read',
  retention: { rows: 10_000 },
})
export type AccountRow = z.infer<typeof accounts.schema>

/** Upper ends of the stretches in which times to settle are counted, ms; beyond the last is one more. */
export const settleSteps = [15_000, 30_000, 60_000, 180_000, 600_000, 1_800_000, 3_600_000, 86_400_000] as const

export const dayKey = (day: number, provider: string, currency: string): string => `${day}/${provider}/${currency}`
/** What happened on each business day in JST, by provider and currency: for overviews and charts. Sums in minor units. */
export const days = defineCollection({
  name: 'payments.days',
  version: 1,
  schema: z.strictObject({
    key: z.string().max(40),
    day: z.int(),
    provider: providerSchema,
    currency: paymentCurrencySchema,
    /** Payments: made; paid for the first time; ended without money because it failed, or because its link ran out. */
    created: z.int().min(0),
    paid: z.int().min(0),
    failed: z.int().min(0),
    expired: z.int().min(0),
    captured: sumSchema,
    refunded: sumSchema,
    /** Disputes that began, and what they hold back. */
    disputes: z.int().min(0),
    disputed: sumSchema,
    lost: sumSchema,
    fees: sumSchema,
    /** Payments by the time from their making to their first capture, one number for each of {@link settleSteps} and one more. */
    settled: z.array(z.int().min(0)).length(settleSteps.length + 1),
  }),
  key: (row) => row.key,
  indexes: [['day'], ['provider'], ['currency']],
  read: 'payments.read',
  retention: { rows: 20_000, by: 'day' },
})
export type DayRow = z.infer<typeof days.schema>

/** Why a person has to look; `subject` says at what. */
export const caseKinds = [
  /** The provider says another amount or currency than was ordered or booked. */
  'amount-differs',
  /** More than was ordered was paid, or more given back than was paid. */
  'too-much',
  /** Its state contradicts what is booked. */
  'contradiction',
  /** Paid after it had ended. */
  'paid-late',
  /** Refunded, but not by us. */
  'refunded-elsewhere',
  /** The provider's id belongs to another payment here. */
  'reference-taken',
  /** The provider knows of a payment that is not here. */
  'stray',
  /** The buyer disputes. */
  'dispute',
  /** Still not known after a day. */
  'unknown-for-long',
  // Differences of a closing: payments-closings.ts.
  'missing-here',
  'missing-there',
  'statement-differs',
  'booked-late',
] as const
export const caseKindSchema = z.enum(caseKinds)
export type CaseKind = (typeof caseKinds)[number]

const caseSubject = z.strictObject({
  kind: caseKindSchema,
  provider: providerSchema,
  /** Empty: of no payment of ours. */
  payment: paymentIdSchema.or(z.literal('')),
  /** What of it: a capture's id, a reference. */
  about: z.string().max(200),
  /** What the provider says, and what is here: short texts such as `1,200 JPY`; empty where there is nothing to say. */
  theirs: z.string().max(200),
  ours: z.string().max(200),
})
export type CaseSubject = z.infer<typeof caseSubject>
export const caseKeySchema = z.string().min(1).max(128)
export const caseRowSchema = caseSubject.extend({
  key: caseKeySchema,
  state: z.enum(['open', 'taken', 'closed']),
  /** Who looks at it. */
  owner: operatorIdSchema.nullable(),
  openedAt: instantSchema,
  closedAt: instantSchema.nullable(),
  history: z
    .array(
      z.strictObject({
        at: instantSchema,
        by: operatorIdSchema,
        did: z.enum(['opened', 'took', 'noted', 'closed', 'reopened']),
        note: noteSchema,
      }),
    )
    .max(100),
})
export type CaseRow = z.infer<typeof caseRowSchema>
export const cases = defineCollection({
  name: 'payments.cases',
  version: 1,
  schema: caseRowSchema,
  key: (row) => row.key,
  indexes: [['state'], ['kind'], ['provider'], ['payment'], ['owner'], ['openedAt']],
  search: (row) => [row.about, row.payment, ...row.history.map(({ note }) => note)].join('\n'),
  read: 'payments.read',
  retention: { rows: 100_000, by: 'openedAt' },
})

/** Payments whose provider has to be asked again, and since when: what the janitor works through. */
export const questions = defineCollection({
  name: 'payments.questions',
  version: 1,
  schema: questionSchema.extend({ payment: paymentIdSchema, provider: providerSchema }),
  key: (row) => row.payment,
  indexes: [['provider'], ['reason'], ['since']],
  read: 'payments.read',
  retention: { rows: 1_000_000, by: 'since' },
})
export type QuestionRow = z.infer<typeof questions.schema>

export const referenceKey = (provider: string, reference: string): string => `${provider}/${reference}`.slice(0, 128)
/** Whose a provider's id is: no capture or refund counts for two payments. Not in the catalogue: no desktop mirrors it. */
export const references = defineCollection({
  name: 'payments.references',
  version: 1,
  schema: z.strictObject({ key: z.string().max(128), payment: paymentIdSchema }),
  key: (row) => row.key,
  indexes: [],
  read: 'payments.read',
  retention: { rows: 5_000_000 },
})

/** Who paid: sealed, readable by the custodians of `personal` alone. */
export const payerFields = ['account', 'name', 'email'] as const
export const payerSubject = (payer: string): SubjectId => subjectOf('payer', payer)
export const payers = defineCollection({
  name: 'payments.payers',
  version: 1,
  schema: z.strictObject({
    payer: payerIdSchema,
    provider: providerSchema,
    account: sealedFieldSchema,
    name: sealedFieldSchema,
    email: sealedFieldSchema,
    since: instantSchema,
  }),
  key: (row) => row.payer,
  indexes: [['provider'], ['since']],
  read: 'payments.read',
  retention: { rows: 1_000_000, by: 'since' },
})
export type PayerRow = z.infer<typeof payers.schema>

const about = z.strictObject({
  payment: paymentIdSchema,
  provider: providerSchema,
  /** What is open about it now; null: nothing. */
  question: questionSchema.nullable(),
})
const summed = about.extend({ currency: paymentCurrencySchema, minor: minorSchema })
const sum = ({ currency, minor }: { readonly currency: PaymentCurrency; readonly minor: string }): string =>
  moneyText({ currency, minor: BigInt(minor) })

export const paymentCreated = defineEvent({
  type: 'payments.created@1',
  data: summed.extend({
    merchant: merchantSchema,
    taxRate: paymentRowSchema.shape.taxRate,
    intent: paymentRowSchema.shape.intent,
    title: titleSchema,
    note: noteSchema,
  }),
  notice: (data) => ({
    category: 'payment',
    severity: 'info',
    code: 'payments.created',
    params: { provider: data.provider, amount: sum(data) },
  }),
})
/** The provider is to be asked: an effect. `by` is who gave the command. */
export const actAsked = defineEvent({
  type: 'payments.asked@1',
  data: summed.extend({
    act: actIdSchema,
    kind: z.enum(['capture', 'cancel', 'refund']),
    of: actSchema.shape.of,
    what: z.enum(['link', 'authorisation', 'capture']),
    whole: z.boolean(),
    reason: noteSchema,
  }),
  notice: (data) => ({
    category: 'payment',
    severity: 'notice',
    code: `payments.asked-${data.kind}`,
    params: { provider: data.provider, amount: sum(data) },
    ...(data.reason && { detail: data.reason }),
  }),
})
/** What the provider answered to an act; money is booked from what is seen, never from this. */
export const actAnswered = defineEvent({
  type: 'payments.answered@1',
  data: about.extend({
    act: actIdSchema,
    kind: actKindSchema,
    state: z.enum(['accepted', 'unknown', 'refused']),
    code: codeSchema,
  }),
  notice: ({ provider, kind, state, code }) => ({
    category: 'payment',
    severity: state === 'accepted' ? 'info' : state === 'unknown' ? 'warning' : 'minor',
    code: `payments.${state}-${kind}`,
    params: { provider, code },
  }),
})
export const paymentOffered = defineEvent({
  type: 'payments.offered@1',
  data: about.extend({ reference: referenceSchema, link: linkSchema.nullable() }),
})
/** What was seen at the provider, all of it, and the transfers that are new by it. */
export const paymentSeen = defineEvent({
  type: 'payments.seen@1',
  data: about.extend({
    currency: paymentCurrencySchema,
    reference: referenceSchema,
    authorisation: paymentRowSchema.shape.authorisation,
    captures: paymentRowSchema.shape.captures,
    refunds: paymentRowSchema.shape.refunds,
    disputes: paymentRowSchema.shape.disputes,
    /** Acts that are done or did not happen, as is seen now. */
    acts: z
      .array(z.strictObject({ act: actIdSchema, state: z.enum(['accepted', 'done', 'refused']), code: codeSchema }))
      .max(paymentLimits.acts),
    offered: z.boolean(),
    ended: paymentRowSchema.shape.ended,
    payer: payerIdSchema.nullable(),
    transfers: z.array(transferSchema).max(200),
    /** The state that follows, for who reads the log. */
    state: paymentStateSchema,
  }),
  notice: ({ provider, state, currency, captures, refunds }) => ({
    category: 'payment',
    severity: state === 'failed' || state === 'disputed' ? 'warning' : 'info',
    code: `payments.now-${state}`,
    params: {
      provider,
      amount: sum({
        currency,
        minor: [...captures, ...refunds].reduce((all, { minor }) => all + BigInt(minor), 0n).toString(),
      }),
    },
  }),
})
export const questionDropped = defineEvent({
  type: 'payments.questionDropped@1',
  data: about.omit({ question: true }),
})
export const entryPosted = defineEvent({
  type: 'payments.entryPosted@1',
  data: z.strictObject({
    currency: paymentCurrencySchema,
    /** 20261121 */
    day: z.int(),
    note: noteSchema,
    payment: paymentIdSchema.or(z.literal('')),
    transfers: z.array(transferSchema).min(1).max(1),
  }),
  notice: ({ currency, transfers: [first], note }) => ({
    category: 'payment',
    severity: 'warning',
    code: 'payments.entry-posted',
    params: {
      debit: first?.debit ?? '',
      credit: first?.credit ?? '',
      amount: sum({ currency, minor: first?.minor ?? '0' }),
    },
    detail: note,
  }),
})
export const caseOpened = defineEvent({
  type: 'payments.caseOpened@1',
  data: caseSubject.extend({ key: caseKeySchema }),
  notice: ({ kind, provider, theirs, ours }) => ({
    category: 'payment',
    severity: kind === 'unknown-for-long' || kind === 'stray' ? 'warning' : 'minor',
    code: `payments.case-${kind}`,
    params: { provider, theirs, ours },
  }),
})
export const caseChanged = defineEvent({
  type: 'payments.caseChanged@1',
  data: z.strictObject({
    key: caseKeySchema,
    payment: paymentIdSchema.or(z.literal('')),
    did: z.enum(['took', 'noted', 'closed', 'reopened']),
    note: noteSchema,
  }),
})
export const payerSealed = defineEvent({
  type: 'payments.payerSealed@1',
  data: payers.schema.omit({ since: true }),
})
