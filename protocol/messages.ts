import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failureSchema } from './errors.ts'
import { fingerprintSchema, instantSchema } from './ids.ts'
import { keyEntryIdSchema, keyPlaces } from './keys.ts'

/**
 * メッセージ: encrypting, signing and opening text and files. Text crosses, keys and passwords never do. Files are chosen
 * in main's dialogs and named by tokens of main's; what they hold stays between the disk and the vault's process.
 */

/** Longer texts are handled as files. */
export const longestText = 1_000_000

/** Why a signature does not count. Texts: renderer/i18n/{ja,en}/messages.json, `reason`. */
export const signatureReasons = [
  'certificate-unknown',
  'signature-wrong',
  'signature-expired',
  'signature-from-future',
  'hash-weak',
  'notation-unknown',
  'key-weak',
  'key-compromised',
  'key-revoked',
  'key-expired',
  'key-not-yet-valid',
  'key-not-for-signing',
  'unsupported',
  'not-trusted',
] as const
export type SignatureReason = (typeof signatureReasons)[number]

/** One signature as a person is told of it. Only `verified` counts; see `SignatureVerdict` in trust/openpgp. */
export const toldVerdictSchema = z.strictObject({
  verified: z.boolean(),
  valid: z.boolean(),
  reason: z.enum(signatureReasons).nullable(),
  /** As the signature claims it. */
  at: instantSchema.nullable(),
  /** Key id or fingerprint as the signature names it, lower case. */
  issuer: z.string().nullable(),
  signer: z
    .strictObject({
      fingerprint: fingerprintSchema,
      certificate: fingerprintSchema,
      /** The keyring's line; its name is what this machine calls it. */
      entry: keyEntryIdSchema,
      name: z.string(),
      email: z.string(),
      own: z.boolean(),
    })
    .nullable(),
})
export type ToldVerdict = z.infer<typeof toldVerdictSchema>

/** What came of reading something. `detached`: the signature lay apart from what it signs. */
export const readingSchema = z.strictObject({
  kind: z.enum(['encrypted', 'signed', 'cleartext', 'detached']),
  /** null where nothing was encrypted. */
  opened: z
    .discriminatedUnion('by', [
      z.strictObject({
        by: z.literal('key'),
        fingerprint: fingerprintSchema,
        name: z.string(),
        place: z.enum(keyPlaces),
      }),
      z.strictObject({ by: z.literal('password') }),
    ])
    .nullable(),
  /** Empty: nobody signed. */
  signatures: z.array(toldVerdictSchema),
})
export type Reading = z.infer<typeof readingSchema>

/** auto: the newest form that every recipient reads; gnupg: what GnuPG 2.2 and other version 4 programs read. */
export const audiences = ['auto', 'gnupg'] as const

/** Who may open a message, and who signs it. */
export const envelopeSchema = z.strictObject({
  recipients: z.array(keyEntryIdSchema).max(100),
  /** One's own identity: the one that signs and that reads along. */
  identity: keyEntryIdSchema.nullable(),
  sign: z.boolean(),
  toSelf: z.boolean(),
  /** Also opens with a password, which is asked in the vault's window. */
  password: z.boolean(),
  audience: z.enum(audiences),
})
export type Envelope = z.infer<typeof envelopeSchema>

/** Why an entry can't be used at all. */
export const refusals = ['revoked', 'expired', 'broken', 'no-key', 'no-version-4'] as const
const usedKeySchema = z.strictObject({
  id: keyEntryIdSchema,
  name: z.string(),
  fingerprint: fingerprintSchema.nullable(),
  version: z.union([z.literal(4), z.literal(6)]).nullable(),
  refusal: z.enum(refusals).nullable(),
  unconfirmed: z.boolean(),
  expiring: z.boolean(),
})
export type UsedKey = z.infer<typeof usedKeySchema>

/** What an envelope leads to, decided by the vault; a `refusal` anywhere means that it will not be done. */
export const planSchema = z.strictObject({
  /** seipd2: authenticated chunks, AES-256-OCB (RFC 9580); seipd1: what GnuPG reads; null: nothing is encrypted. */
  format: z.enum(['seipd2', 'seipd1']).nullable(),
  /** Why seipd1; the names of those who read nothing newer. */
  why: z.enum(['all-modern', 'older-peers', 'chosen']),
  older: z.array(z.string()),
  recipients: z.array(usedKeySchema),
  self: usedKeySchema.nullable(),
  signer: usedKeySchema.nullable(),
})
export type MessagePlan = z.infer<typeof planSchema>

export const signatureForms = ['detached', 'inline', 'cleartext'] as const
export type SignatureForm = (typeof signatureForms)[number]

/** An own identity that signs, for whom, and how. */
export const signingSchema = z.strictObject({
  identity: keyEntryIdSchema,
  audience: z.enum(audiences),
  form: z.enum(signatureForms),
})
export type Signing = z.infer<typeof signingSchema>

/** A file that the operator chose. The token stands for it in this window until it closes. */
export const chosenFileSchema = z.strictObject({ token: z.uuid(), name: z.string(), size: z.int() })
export type ChosenFile = z.infer<typeof chosenFileSchema>
export const filePurposes = ['encrypt', 'sign', 'read'] as const

/** One of several files at work; `index` counts the tokens of the call. */
const running = {
  state: z.literal('running'),
  index: z.int(),
  /** checking: the first of two passes, over older data whose integrity shows only at its end. */
  phase: z.enum(['checking', 'working']),
  done: z.int(),
  total: z.int().nullable(),
}
const failed = { state: z.literal('failed'), index: z.int(), failure: failureSchema }
export const fileNewsSchema = z.discriminatedUnion('state', [
  z.strictObject(running),
  z.strictObject(failed),
  z.strictObject({ state: z.literal('finished'), index: z.int(), reading: readingSchema.nullable() }),
])
export type FileNews = z.infer<typeof fileNewsSchema>
export const fileProgressSchema = z.discriminatedUnion('state', [
  z.strictObject(running),
  z.strictObject(failed),
  z.strictObject({
    state: z.literal('finished'),
    index: z.int(),
    reading: readingSchema.nullable(),
    /** The new file; null where something was verified alone. */
    output: z.strictObject({ token: z.uuid(), name: z.string() }).nullable(),
  }),
  /** The last item. locked: the vault was locked while it worked; what was half done is gone. */
  z.strictObject({ state: z.literal('ended'), why: z.enum(['done', 'locked']) }),
])
export type FileProgress = z.infer<typeof fileProgressSchema>

const nothing = z.strictObject({})
const tokens = z.array(z.uuid()).min(1).max(200)
const text = z.string().max(longestText)
const result = z.strictObject({ text: z.string() })

/** Shared with the vault's own contract: what needs no file. */
export const messageTextContract = {
  plan: oc.input(envelopeSchema).output(planSchema),
  encryptText: oc.input(z.strictObject({ text, envelope: envelopeSchema })).output(result),
  signText: oc.input(z.strictObject({ text, signing: signingSchema })).output(result),
  /** `signed`: the text that a signature apart from it is over. */
  readText: oc
    .input(z.strictObject({ text, signed: text.nullable() }))
    .output(z.strictObject({ text: z.string(), reading: readingSchema })),
}

/**
 * Every signature and every new password is settled in the vault's window, which shows what will be signed. Ending an
 * iterator cancels and leaves no partial file.
 */
export const messagesContract = {
  ...messageTextContract,
  chooseFiles: oc
    .input(z.strictObject({ purpose: z.enum(filePurposes) }))
    .output(z.strictObject({ files: z.array(chosenFileSchema) })),
  encryptFiles: oc
    .input(z.strictObject({ tokens, envelope: envelopeSchema, armored: z.boolean() }))
    .output(eventIterator(fileProgressSchema)),
  signFiles: oc
    .input(z.strictObject({ tokens, signing: signingSchema, armored: z.boolean() }))
    .output(eventIterator(fileProgressSchema)),
  /** Decrypts, and verifies whatever is signed; a signature's document is looked for beside it, else asked for. */
  readFiles: oc.input(z.strictObject({ tokens })).output(eventIterator(fileProgressSchema)),
  /** Shows a finished file in the system's file manager. */
  reveal: oc.input(z.strictObject({ token: z.uuid() })).output(nothing),
}
