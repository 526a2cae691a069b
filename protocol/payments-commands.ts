import { z } from 'zod'
import { defineCommand } from './command.ts'
import type { DescribedLine } from './description.ts'
import { instantSchema } from './ids.ts'
import { type Money, moneySchema } from './money.ts'
import {
  actIdSchema,
  actKindSchema,
  minorSchema,
  payerIdSchema,
  paymentIdSchema,
  providerSchema,
  referenceSchema,
} from './payments.ts'
import { type Account, accountSchema, byHand } from './payments-ledger.ts'
import {
  caseKeySchema,
  caseKindSchema,
  codeSchema,
  merchantSchema,
  noteSchema,
  payerSubject,
  payers,
  paymentLimits,
  paymentRowSchema,
  titleSchema,
} from './payments-records.ts'
import { sealedTextLimit } from './sealed-value.ts'

/** The commands of 決済. What moves money, or writes into the books, is signed by the operator's OpenPGP key. */

const amountLine = (amount: Money): DescribedLine => ({ label: 'amount', values: [{ as: 'amount', amount }] })
const textLine = (label: DescribedLine['label'], text: string): DescribedLine => ({
  label,
  values: [text === '' ? { as: 'word', word: 'none' } : { as: 'text', text }],
})
const accountLine = (label: 'debit' | 'credit', account: Account): DescribedLine => ({
  label,
  values: [{ as: 'account', account }],
})
const reasonSchema = noteSchema.min(1)

/** A link (and QR) with which a buyer pays. Its command's id names the payment. */
export const createPayment = defineCommand({
  name: 'payments.create',
  risk: 'low',
  permission: 'payments.create',
  params: z.strictObject({
    provider: providerSchema,
    amount: moneySchema,
    merchant: merchantSchema,
    /** Percent of consumption tax that the amount includes: 10, 8, 0. */
    taxRate: z.int().min(0).max(99),
    intent: z.enum(['capture', 'authorise']),
    title: titleSchema,
    note: noteSchema,
  }),
  facts: ({ amount }) => ({ amounts: [amount] }),
})
/** Takes back a link, a reservation, or what was captured today where the provider does that. */
export const cancelPayment = defineCommand({
  name: 'payments.cancel',
  risk: 'medium',
  permission: 'payments.refund',
  params: z.strictObject({
    payment: paymentIdSchema,
    /** What of it; as the operator saw it. Another by now: refused. */
    what: z.enum(['link', 'authorisation', 'capture']),
    amount: moneySchema,
    reason: reasonSchema,
  }),
  facts: ({ amount }) => ({ amounts: [amount] }),
  describe: ({ payment, what, amount, reason }) => ({
    title: 'payments.cancel',
    lines: [
      textLine('payment', payment),
      { label: 'cancels', values: [{ as: 'word', word: `cancels.${what}` }] },
      amountLine(amount),
      textLine('reason', reason),
    ],
    effects: ['effect.cancelPayment'],
  }),
})
/** Takes what was reserved, or a part of it; the rest is released by the provider. */
export const capturePayment = defineCommand({
  name: 'payments.capture',
  risk: 'medium',
  permission: 'payments.capture',
  params: z.strictObject({ payment: paymentIdSchema, amount: moneySchema }),
  facts: ({ amount }) => ({ amounts: [amount] }),
  describe: ({ payment, amount }) => ({
    title: 'payments.capture',
    lines: [textLine('payment', payment), amountLine(amount)],
    effects: ['effect.capture'],
  }),
})
/**
 * `left` is what the operator saw as still refundable. If it is another amount by now, somebody else has refunded
 * meanwhile, and this is refused: of two at once, one counts.
 */
export const refundPayment = defineCommand({
  name: 'payments.refund',
  risk: 'medium',
  permission: 'payments.refund',
  params: z.strictObject({
    payment: paymentIdSchema,
    /** The provider's id of the capture. */
    capture: referenceSchema,
    amount: moneySchema,
    left: minorSchema,
    reason: reasonSchema,
  }),
  facts: ({ amount }) => ({ amounts: [amount] }),
  describe: ({ payment, capture, amount, left, reason }) => ({
    title: 'payments.refund',
    lines: [
      textLine('payment', payment),
      textLine('captureId', capture),
      amountLine(amount),
      { label: 'leftBefore', values: [{ as: 'amount', amount: { currency: amount.currency, minor: BigInt(left) } }] },
      textLine('reason', reason),
    ],
    effects: ['effect.refund'],
  }),
})
const handAccountSchema = accountSchema.refine(byHand)
/** A transfer that a person answers for: bank, corrections, fees that no provider tells. */
export const postManualEntry = defineCommand({
  name: 'payments.postManualEntry',
  risk: 'high',
  permission: 'payments.adjust',
  params: z.strictObject({
    debit: handAccountSchema,
    credit: handAccountSchema,
    amount: moneySchema,
    /** The business day that it counts for, YYYY-MM-DD in JST. */
    day: z.iso.date(),
    /** The payment that it is about; null: none. */
    payment: paymentIdSchema.nullable(),
    note: reasonSchema,
  }),
  facts: ({ amount }) => ({ amounts: [amount] }),
  describe: ({ debit, credit, amount, day, payment, note }) => ({
    title: 'payments.postManualEntry',
    lines: [
      accountLine('debit', debit),
      accountLine('credit', credit),
      amountLine(amount),
      textLine('day', day),
      textLine('payment', payment ?? ''),
      textLine('reason', note),
    ],
    effects: ['effect.manualEntry'],
  }),
})
export const changeCase = defineCommand({
  name: 'payments.changeCase',
  risk: 'low',
  permission: 'payments.cases',
  params: z.strictObject({
    key: caseKeySchema,
    /** took: it is mine now. noted: a remark. */
    did: z.enum(['took', 'noted', 'closed', 'reopened']),
    note: noteSchema,
  }),
})

/** What follows is signed by the module's service key: what providers were seen to have. */
const moneyTextSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** As the provider says it; also where it is wrong. */
  minor: z.string().regex(/^-?[0-9]{1,38}$/),
})
export const recordAnswer = defineCommand({
  name: 'payments.recordAnswer',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({
    payment: paymentIdSchema,
    act: actIdSchema,
    kind: actKindSchema,
    state: z.enum(['accepted', 'unknown', 'refused']),
    code: codeSchema,
  }),
})
export const recordOffer = defineCommand({
  name: 'payments.recordOffer',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({
    payment: paymentIdSchema,
    reference: referenceSchema,
    link: paymentRowSchema.shape.link.unwrap(),
  }),
})
/** A snapshot as the port gives it (backend/modules/payments/provider.ts), its buyer as an id alone. */
export const snapshotSchema = z.strictObject({
  reference: referenceSchema,
  amount: moneyTextSchema,
  state: z.enum(['open', 'processing', 'authorised', 'captured', 'cancelled', 'expired', 'failed']),
  authorisation: z
    .strictObject({
      id: referenceSchema,
      amount: moneyTextSchema,
      at: instantSchema,
      expiresAt: instantSchema.nullable(),
    })
    .nullable(),
  captures: z
    .array(
      z.strictObject({
        id: referenceSchema,
        amount: moneyTextSchema,
        fee: moneyTextSchema.nullable(),
        at: instantSchema,
      }),
    )
    .max(paymentLimits.captures),
  refunds: z
    .array(
      z.strictObject({
        id: referenceSchema,
        act: actIdSchema.nullable(),
        amount: moneyTextSchema,
        feeBack: moneyTextSchema.nullable(),
        state: z.enum(['pending', 'done', 'failed']),
        at: instantSchema,
      }),
    )
    .max(paymentLimits.refunds),
  disputes: z
    .array(
      z.strictObject({
        id: referenceSchema,
        amount: moneyTextSchema,
        state: z.enum(['open', 'won', 'lost']),
        at: instantSchema,
      }),
    )
    .max(paymentLimits.disputes),
  payer: payerIdSchema.nullable(),
})
export type SeenSnapshot = z.infer<typeof snapshotSchema>
export const recordSnapshot = defineCommand({
  name: 'payments.recordSnapshot',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({ payment: paymentIdSchema, snapshot: snapshotSchema }),
})
/** Nobody asks any more: what was open no longer matters. */
export const dropQuestion = defineCommand({
  name: 'payments.dropQuestion',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({ payment: paymentIdSchema }),
})
/** What no payment of ours explains, and what is not known for too long. */
export const recordCase = defineCommand({
  name: 'payments.recordCase',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({
    kind: caseKindSchema,
    provider: providerSchema,
    payment: paymentIdSchema.nullable(),
    about: z.string().max(200),
    theirs: z.string().max(200),
    ours: z.string().max(200),
  }),
})
const payerText = z.string().trim().min(1).max(sealedTextLimit)
export const recordPayer = defineCommand({
  name: 'payments.recordPayer',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({
    payer: payerIdSchema,
    provider: providerSchema,
    account: payerText.max(254),
    name: payerText.max(200).nullable(),
    email: payerText.max(254).nullable(),
  }),
  seals: {
    class: 'personal',
    collection: payers.name,
    subject: ({ payer }: { readonly payer: string }) => payerSubject(payer),
    row: ({ payer }: { readonly payer: string }) => payer,
    fields: { account: 'text', name: 'text', email: 'email' },
  },
})
