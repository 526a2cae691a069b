import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failureSchema } from './errors.ts'
import { cardAlgorithms, tokenAlgorithms, tokenEncryptions } from './hardware-algorithms.ts'
import { fingerprintSchema, instantSchema } from './ids.ts'
import { identityDraftSchema, keyEntryIdSchema } from './keys.ts'

/**
 * ハードウェア: OpenPGP cards through gpg-agent, HSMs through PKCS#11, and keys that gpg-agent has. PINs and
 * confirmations are asked in the vault's own window; a vendor's library is chosen in main's dialog.
 */

/** Eight digits, as printed on the card. */
export const cardNumberSchema = z.string().regex(/^[0-9A-F]{8}$/)
export const touchPolicies = ['off', 'on', 'fixed'] as const
export const cardSlotNumberSchema = z.union([z.literal(1), z.literal(2), z.literal(3)])

const tries = z.int().nonnegative()
export const cardSlotSchema = z.strictObject({
  slot: cardSlotNumberSchema,
  /** `ed25519`, `cv25519`, `nistp256`, `rsa2048`, … */
  algorithm: z.string(),
  present: z.boolean(),
  /** Of the version 4 key for which it was made. */
  fingerprint: fingerprintSchema.nullable(),
  createdAt: instantSchema.nullable(),
  /** unknown: the card has no such setting. */
  touch: z.enum([...touchPolicies, 'unknown']),
  /** The keyring's line that has this key. */
  entry: z.strictObject({ id: keyEntryIdSchema, name: z.string(), held: z.boolean() }).nullable(),
})
export type CardSlot = z.infer<typeof cardSlotSchema>

export const cardSchema = z.strictObject({
  number: cardNumberSchema,
  manufacturer: z.int(),
  version: z.string(),
  holder: z.string(),
  /** What is left of the user PIN, the resetting code (0: none set) and the administrator's PIN. */
  tries: z.strictObject({ pin: tries, resetCode: tries, adminPin: tries }),
  signatures: z.int(),
  slots: z.array(cardSlotSchema),
})
export type Card = z.infer<typeof cardSchema>

/** looking: not known yet; absent: no card, and what else is missing; failed: `failure` says why none can be seen. */
export const readerSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('looking') }),
  z.strictObject({ state: z.literal('absent'), why: z.enum(['no-card', 'no-reader', 'no-pcscd']) }),
  z.strictObject({ state: z.literal('present'), card: cardSchema }),
  z.strictObject({ state: z.literal('failed'), failure: failureSchema }),
])
export type Reader = z.infer<typeof readerSchema>

export const tokenNameSchema = z.strictObject({ serial: z.string().max(64), label: z.string().max(128) })
/** A key on a token that OpenPGP can use. */
export const tokenKeySchema = z.strictObject({
  id: z.string().regex(/^([0-9a-f]{2})+$/),
  label: z.string(),
  algorithm: z.string(),
  signs: z.boolean(),
  decrypts: z.boolean(),
  entry: z.strictObject({ id: keyEntryIdSchema, name: z.string() }).nullable(),
})
export type TokenKey = z.infer<typeof tokenKeySchema>

export const tokenSchema = tokenNameSchema.extend({
  slot: z.int(),
  manufacturer: z.string(),
  model: z.string(),
  initialized: z.boolean(),
  /** few: a wrong PIN was given; last: one more blocks it. */
  pin: z.enum(['good', 'few', 'last', 'blocked']),
  /** null: not logged in yet. */
  keys: z.array(tokenKeySchema).nullable(),
})
export type Token = z.infer<typeof tokenSchema>

export const moduleIdSchema = z.uuidv7()
export const moduleSchema = z.strictObject({
  id: moduleIdSchema,
  file: z.string(),
  state: z.enum(['looking', 'ready', 'failed']),
  failure: failureSchema.nullable(),
  tokens: z.array(tokenSchema),
})
export type Module = z.infer<typeof moduleSchema>

/** What the hardware is waited for: a finger on the card, or a key that it makes (RSA takes minutes). */
export const hardwareWaits = ['touch', 'making'] as const
export const hardwareSchema = z.strictObject({
  revision: z.int(),
  waits: z.enum(hardwareWaits).nullable(),
  reader: readerSchema,
  /** As pcscd tells of them; empty where it does not run. */
  readers: z.array(z.strictObject({ name: z.string(), card: z.boolean() })),
  modules: z.array(moduleSchema),
})
export type Hardware = z.infer<typeof hardwareSchema>

/** A certificate of the user's GnuPG whose secret keys gpg-agent can use. */
export const agentIdentitySchema = z.strictObject({
  fingerprint: fingerprintSchema,
  userId: z.string(),
  /** On a card rather than on disk. */
  card: z.boolean(),
  /** In the keyring already, with gpg-agent or the card as its place. */
  taken: z.boolean(),
})
export type AgentIdentity = z.infer<typeof agentIdentitySchema>

/** Whose certificate is made over keys; `companion`: a version 4 one beside the version 6 one. */
const personSchema = identityDraftSchema.omit({ curve: true })
export type HardwarePerson = z.infer<typeof personSchema>

const nothing = z.strictObject({})
const made = z.strictObject({ id: keyEntryIdSchema })
const card = { card: cardNumberSchema }
const token = { module: moduleIdSchema, token: tokenNameSchema }

/**
 * Everything fails with `vault.locked` while the vault is locked and with `vault.declined` when a person gives no
 * answer. What names a card refuses another one (`hardware.other-card`).
 */
export const hardwareContract = {
  /** The state at once, then after each change; cards are looked for while somebody watches. */
  watch: oc.input(nothing).output(eventIterator(hardwareSchema)),
  /** Only what is waited for, and without looking for cards: any page shows it. */
  waits: oc.input(nothing).output(eventIterator(z.strictObject({ waits: z.enum(hardwareWaits).nullable() }))),
  /** Looks anew, also where the last look failed. */
  refresh: oc.input(nothing).output(nothing),
  changePin: oc.input(z.strictObject({ ...card, which: z.enum(['pin', 'admin-pin']) })).output(nothing),
  setResetCode: oc.input(z.strictObject(card)).output(nothing),
  unblockPin: oc.input(z.strictObject({ ...card, by: z.enum(['reset-code', 'admin-pin']) })).output(nothing),
  setTouch: oc
    .input(z.strictObject({ ...card, slot: cardSlotNumberSchema, touch: z.enum(touchPolicies) }))
    .output(nothing),
  /** As it came from the factory: its keys are lost. */
  resetCard: oc.input(z.strictObject(card)).output(nothing),
  /** Makes keys on the card, certificates over them and what revokes these. */
  makeOnCard: oc.input(personSchema.extend({ ...card, algorithm: z.enum(cardAlgorithms) })).output(made),
  /**
   * Takes the card's keys into the keyring: into the certificate that has them, or into new ones over them, for which
   * `person` is needed (`hardware.needs-certificate`).
   */
  takeCard: oc.input(z.strictObject({ ...card, person: personSchema.nullable() })).output(made),
  /** Adds the vendor's library that main's dialog chose. */
  addModule: oc.input(nothing).output(z.strictObject({ id: moduleIdSchema })),
  removeModule: oc.input(z.strictObject({ id: moduleIdSchema })).output(nothing),
  /** Asks for the token's PIN and lists its keys. */
  login: oc.input(z.strictObject(token)).output(nothing),
  makeOnToken: oc
    .input(personSchema.extend({ ...token, sign: z.enum(tokenAlgorithms), encrypt: z.enum(tokenEncryptions) }))
    .output(made),
  /** Certificates over keys that the token has; `encrypt` null: for signing alone. */
  takeToken: oc
    .input(personSchema.extend({ ...token, sign: z.string().max(512), encrypt: z.string().max(512).nullable() }))
    .output(made),
  agentIdentities: oc.input(nothing).output(z.strictObject({ identities: z.array(agentIdentitySchema) })),
  /** Takes keys into the keyring that stay in gpg-agent; `modern`: a version 6 certificate over them as well. */
  takeAgent: oc.input(z.strictObject({ fingerprint: fingerprintSchema, modern: z.boolean() })).output(made),
}
