import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { evidenceDigestSchema } from './evidence.ts'
import { instantSchema } from './ids.ts'
import { payerIdSchema, paymentIdSchema, providerSchema } from './payments.ts'
import { messageIdSchema } from './payments-inbox.ts'
import { payerSubject } from './payments-records.ts'
import { type SubjectId, sealedFieldSchema, sealedTextLimit, subjectOf } from './sealed-value.ts'

/**
 * 証拠: what it takes to verify a provider's signature again years later, raw message and certificates. It may name the
 * buyer, so it lies beside the log encrypted under a key of its own, and that key is sealed to the custodians of
 * `personal`. docs/decisions/0111.
 */

const evidenceShape = {
  /** Of the inbox: each is kept once. */
  message: messageIdSchema,
  payment: paymentIdSchema,
  provider: providerSchema,
  /** What it told of, in the provider's words (`CUSTOMER.DISPUTE.CREATED`); absent in what older builds kept. */
  kind: z.string().max(64).optional(),
  /** SHA-256 of what lies beside the log, and of what it opens to. */
  ciphertext: evidenceDigestSchema,
  plaintext: evidenceDigestSchema,
}

/** No row: not kept. */
export const paymentEvidence = defineCollection({
  name: 'payments.evidence',
  version: 1,
  schema: z.strictObject({
    ...evidenceShape,
    /** AES-256 key in base64url. */
    key: sealedFieldSchema,
    /** That names it. */
    entry: z.int().min(0),
    at: instantSchema,
  }),
  key: (row) => row.message,
  indexes: [['payment'], ['at']],
  read: 'payments.read',
  retention: { rows: 2_000_000, by: 'at' },
})
export type PaymentEvidenceRow = z.infer<typeof paymentEvidence.schema>

/** The buyer's where they are known, so that erasing them erases it, too. */
export const evidenceSubject = ({ payer, payment }: { readonly payer: string | null; readonly payment: string }) =>
  payer === null ? subjectOf('payment', payment) : payerSubject(payer)

/** Signed by the module's service key, once the bytes are there. */
export const recordEvidence = defineCommand({
  name: 'payments.recordEvidence',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: z.strictObject({
    ...evidenceShape,
    payer: payerIdSchema.nullable(),
    key: z.string().min(1).max(sealedTextLimit),
  }),
  seals: {
    class: 'personal',
    collection: paymentEvidence.name,
    subject: (of: { readonly payer: string | null; readonly payment: string }): SubjectId => evidenceSubject(of),
    row: ({ message }: { readonly message: string }) => message,
    fields: { key: null },
  },
})
export const evidenceKept = defineEvent({
  type: 'payments.evidenceKept@1',
  data: z.strictObject({ ...evidenceShape, key: sealedFieldSchema }),
  evidence: ({ ciphertext }) => [ciphertext],
})
