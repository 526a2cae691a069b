import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { commandIdSchema, instantSchema, operatorIdSchema } from './ids.ts'
import { type PaymentId, type ProviderName, paymentIdSchema, providerSchema } from './payments.ts'
import { codeSchema, noteSchema } from './payments-records.ts'

/**
 * 受信箱: what came from providers, by webhook or fetched by us, forged and broken ones included. It is no part of the log:
 * kept as it came for thirty days, asked for page by page. What it led to stands in the log.
 */

/** Of the inbox in the backend. */
export const messageSourceOf = (provider: ProviderName): string => `payments.${provider}`

/** 受信済み, 処理済み, 拒否, 対象なし (genuine, and nothing of ours). */
export const messageStates = ['received', 'processed', 'refused', 'nothing'] as const
export const messageStateSchema = z.enum(messageStates)
export type MessageState = (typeof messageStates)[number]

/** What is checked of a message, each with one outcome; which of them a provider has: {@link stepsFor}. */
export const messageSteps = [
  'size',
  'headers',
  'algorithm',
  'time',
  'certificate',
  'signature',
  'secret',
  'content',
  'address',
  'payment',
  'confirmed',
] as const
export const messageStepSchema = z.enum(messageSteps)
export type MessageStep = (typeof messageSteps)[number]

const theirSteps: Readonly<Record<ProviderName, readonly MessageStep[]>> = {
  stars: ['size', 'secret', 'content', 'payment', 'confirmed'],
  // PayPay signs nothing: only what we ask it for ourselves counts.
  paypay: ['size', 'content', 'address', 'payment', 'confirmed'],
  paypal: ['size', 'headers', 'algorithm', 'time', 'certificate', 'signature', 'content', 'payment', 'confirmed'],
}
/** What proves where a message is from: what we fetched ourselves needs none of it. */
const proofs: ReadonlySet<MessageStep> = new Set([
  ...(['headers', 'algorithm', 'time', 'certificate', 'signature', 'secret'] as const),
])
/** In their order. */
export const stepsFor = (provider: ProviderName, via: MessageRow['via']): readonly MessageStep[] =>
  theirSteps[provider].filter((step) => via === 'webhook' || !proofs.has(step))

/** Ids that adapters give messages: printable ASCII. */
export const messageIdSchema = z.string().regex(/^[\x21-\x7e]{1,128}$/)

export const messageRowSchema = z.strictObject({
  id: messageIdSchema,
  provider: providerSchema,
  via: z.enum(['webhook', 'poll']),
  receivedAt: instantSchema,
  /** As it came; of an oversized one only the beginning is kept. */
  bytes: z.int().min(0),
  whole: z.boolean(),
  state: messageStateSchema,
  /** The provider's own word for what it is about (`PAYMENT.CAPTURE.COMPLETED`); empty: not known (yet). */
  kind: z.string().max(64),
  /** The step that it failed at, or after which there was nothing to do; null: none. */
  ended: messageStepSchema.nullable(),
  /** Of that step; empty otherwise. */
  code: codeSchema,
  payment: paymentIdSchema.nullable(),
  settledAt: instantSchema.nullable(),
})
export type MessageRow = z.infer<typeof messageRowSchema>

/** passed, failed; stopped: nothing to do from here on; open: not reached (yet). */
export type StepOutcome = 'passed' | 'failed' | 'stopped' | 'open'
/** How a message fared, step by step. Pure. */
export const outcomesOf = (
  row: Pick<MessageRow, 'provider' | 'via' | 'state' | 'ended'>,
): readonly { readonly step: MessageStep; readonly outcome: StepOutcome }[] => {
  const steps = stepsFor(row.provider, row.via)
  const end = row.ended === null ? -1 : steps.indexOf(row.ended)
  return steps.map((step, nth) => {
    if (row.state === 'received') return { step, outcome: 'open' }
    if (end < 0) return { step, outcome: row.state === 'processed' ? 'passed' : 'open' }
    if (nth < end) return { step, outcome: 'passed' }
    if (nth > end) return { step, outcome: 'open' }
    return { step, outcome: row.state === 'refused' ? 'failed' : 'stopped' }
  })
}

/** Which step a code of an adapter belongs to. */
const stepOfCode: Readonly<Record<string, MessageStep>> = {
  'too-large': 'size',
  headers: 'headers',
  algorithm: 'algorithm',
  'transmission-time': 'time',
  'certificate-address': 'certificate',
  'certificate-unreadable': 'certificate',
  'certificate-subject': 'certificate',
  'certificate-expired': 'certificate',
  'certificate-untrusted': 'certificate',
  signature: 'signature',
  secret: 'secret',
  'no-webhook-set': 'secret',
  unreadable: 'content',
  'pre-checkout': 'content',
  'no-payment': 'content',
  'other-file': 'content',
  'statement-file': 'content',
  'file-address': 'address',
  'not-ours': 'payment',
  'payments.unknown': 'payment',
  'not-confirmed': 'confirmed',
}
/** `content` for a code that this build does not know. */
export const stepOf = (code: string): MessageStep => stepOfCode[code] ?? 'content'

export const messageQuerySchema = z.strictObject({
  provider: providerSchema.nullable(),
  state: messageStateSchema.nullable(),
  payment: paymentIdSchema.nullable(),
  /** `next` of the page before. */
  before: z.string().max(200).nullable(),
  limit: z.int().min(1).max(200),
})
export type MessageQuery = z.infer<typeof messageQuerySchema>
export const messagePageSchema = z.strictObject({
  /** The newest first. */
  rows: z.array(messageRowSchema),
  next: z.string().max(200).nullable(),
})
export type MessagePage = z.infer<typeof messagePageSchema>

/** A message as it came: personal data. Shared secrets among its headers were never kept, only their SHA-256. */
export const rawMessageSchema = z.strictObject({
  headers: z.record(z.string(), z.string()),
  /** null: no UTF-8. */
  text: z.string().nullable(),
  /** Base64. */
  bytes: z.string(),
})
export type RawMessage = z.infer<typeof rawMessageSchema>

/** For how long a recorded opening hands out its message, ms. */
export const messageOpeningMs = 600_000

const aMessage = { provider: providerSchema, message: messageIdSchema }

/** Without this record nobody is handed a raw message; it stands in アクセス記録. */
export const openMessage = defineCommand({
  name: 'payments.openMessage',
  risk: 'low',
  permission: 'payments.messages',
  params: z.strictObject({ ...aMessage, reason: noteSchema.min(1) }),
})
export const messageOpened = defineEvent({
  type: 'payments.messageOpened@1',
  data: openMessage.params,
})
/** Judged once more, as if it had just come; what is known already counts no second time. */
export const replayMessage = defineCommand({
  name: 'payments.replayMessage',
  risk: 'low',
  permission: 'payments.cases',
  params: z.strictObject(aMessage),
})
export const messageReplayed = defineEvent({
  type: 'payments.messageReplayed@1',
  data: replayMessage.params,
  notice: ({ provider }) => ({
    category: 'payment',
    severity: 'info',
    code: 'payments.message-replayed',
    params: { provider },
  }),
})

/** The backend's alone: who was handed what. */
export const messageOpenings = defineCollection({
  name: 'payments.message-openings',
  version: 1,
  schema: z.strictObject({ id: commandIdSchema, ...aMessage, operator: operatorIdSchema, at: instantSchema }),
  key: (row) => row.id,
  indexes: [],
  read: 'payments.messages',
  retention: { rows: 10_000, by: 'at' },
})

/** What a judgement of a message found, as the inbox keeps it beside the verdict. */
export const messageFindingSchema = z.strictObject({
  kind: z.string().max(64),
  payment: paymentIdSchema.nullable(),
})
export interface MessageFinding {
  readonly kind: string
  readonly payment: PaymentId | null
}
