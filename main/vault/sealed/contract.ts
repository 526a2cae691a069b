import { oc } from '@orpc/contract'
import { z } from 'zod'
import { signedCommandSchema } from '#protocol/command.ts'
import { evidenceDigestSchema } from '#protocol/evidence.ts'
import { bytes32Schema, commandIdSchema, deploymentIdSchema, fingerprintSchema, instantSchema } from '#protocol/ids.ts'
import { paymentEvidence } from '#protocol/payments-evidence.ts'
import { messageIdSchema } from '#protocol/payments-inbox.ts'
import { payerFields, payers } from '#protocol/payments-records.ts'
import { wrappedKeySchema } from '#protocol/sealed.ts'
import { handOverCountsSchema, keyFileHeadSchema, withoutSchema } from '#protocol/sealed-hand-over.ts'
import { custodianSchema, sealClassSchema, sealedParamsSchema, sealedSchema } from '#protocol/sealed-value.ts'
import { contactFields, contacts } from '#protocol/session.ts'
import { commandWishSchema } from '../signing/contract.ts'

const nothing = z.strictObject({})
const file = z.string().min(1)
/** Names what a person agreed to in the vault's window; it ends with the vault's process. */
const grantSchema = z.uuid()

/** A deployment as main knows it: the id binds, the name is shown. */
const deploymentSchema = z.strictObject({ id: deploymentIdSchema, name: z.string().max(200) })

/** Fields that the vault can name to a person. */
const fieldSchema = z.discriminatedUnion('collection', [
  z.strictObject({ collection: z.literal(contacts.name), field: z.enum(contactFields), sealed: sealedSchema }),
  z.strictObject({ collection: z.literal(payers.name), field: z.enum(payerFields), sealed: sealedSchema }),
  /** Opens what lies beside the log: it is judged and what it proves is shown, the key never. */
  z.strictObject({
    collection: z.literal(paymentEvidence.name),
    field: z.literal('key'),
    sealed: sealedSchema,
    message: messageIdSchema,
    ciphertext: evidenceDigestSchema,
    plaintext: evidenceDigestSchema,
  }),
])
export type SealedFieldShown = z.infer<typeof fieldSchema>

const targetSchema = z.strictObject({
  deployment: deploymentSchema,
  class: sealClassSchema,
  custodian: custodianSchema,
  fingerprint: fingerprintSchema,
  /** Transferable public key in base64url. */
  certificate: z.base64url().max(16_384),
  /** How many keys wait. */
  keys: z.int().min(0),
  /** The file of the recovery key, where it opens them; null: own keys do. */
  paper: file.nullable(),
})
export type RewrapTarget = z.infer<typeof targetSchema>

/** What is written into a key file, and for whom. */
const keyFileOrderSchema = z.strictObject({
  /** Of the file, but for the time. `deployment` is the log's id. */
  head: keyFileHeadSchema.omit({ at: true }),
  /** Of the deployment as its keys name it: the log's first id, also where a backup was restored. */
  sealing: deploymentSchema,
  /** The receiver's operator id; null: somebody from outside. */
  operator: z.string().max(64).nullable(),
  /** The receiver's transferable public key in base64url. */
  certificate: z.base64url().max(16_384),
  /** The custodian's own registered certificates: one of them signs the file. */
  fingerprints: z.array(fingerprintSchema).max(64),
  file,
})
export type KeyFileOrder = z.infer<typeof keyFileOrderSchema>

/** Of an entry whose parameters are sealed, what opens and proves them. */
const sealedEntrySchema = z.strictObject({
  index: z.int().min(0),
  at: instantSchema,
  statement: z.strictObject({
    id: commandIdSchema,
    command: z.string().max(64),
    context: deploymentIdSchema,
    paramsDigest: bytes32Schema,
  }),
  sealed: sealedParamsSchema,
})
export type SealedEntry = z.infer<typeof sealedEntrySchema>

/** Between main and the vault: what is sealed is opened, wrapped anew and shown by the vault's process alone. */
export const sealedVaultContract = {
  /**
   * Asks in the vault's window whether to open, and why, and signs the record of it (`sealed.open`) with the operator's key.
   * `wish.command` is that record with an empty reason. What is shown later must be what was agreed to.
   */
  askOpening: oc
    .input(
      z.strictObject({
        deployment: deploymentSchema,
        wish: commandWishSchema,
        /** The name of whom it is about. */
        about: z.string().max(80),
        fields: z.array(fieldSchema).min(1).max(32),
      }),
    )
    .output(z.strictObject({ grant: grantSchema, command: signedCommandSchema })),
  /** Opens and shows the fields of a grant, once. Nothing of them leaves the vault's process and its window. */
  show: oc
    .input(
      z.strictObject({
        grant: grantSchema,
        keys: z.array(wrappedKeySchema).max(256),
        /** What the key of evidence opens, in base64url. */
        beside: z.base64url().max(2_000_000).optional(),
      }),
    )
    .output(nothing),
  /**
   * Asks whether a custodian gets the keys from before, by fingerprint, and signs the beginning (`sealed.beginRewrap`)
   * with the operator's key. `wish` null: it was begun before and is gone on with, so nothing is signed.
   */
  askRewrap: oc
    .input(targetSchema.extend({ wish: commandWishSchema.nullable() }))
    .output(z.strictObject({ grant: grantSchema, command: signedCommandSchema.nullable() })),
  /** Wraps keys anew for the custodian of a grant. */
  rewrap: oc
    .input(z.strictObject({ grant: grantSchema, keys: z.array(wrappedKeySchema).max(64) }))
    .output(z.array(wrappedKeySchema)),
  /**
   * Asks in the vault's window whether the keys of a recorded hand-over shall be written, for whom by fingerprint, and by
   * which own key the file is signed.
   */
  beginKeyFile: oc.input(keyFileOrderSchema).output(z.strictObject({ grant: grantSchema })),
  /** Opens a page of keys; they wait in the vault's process for the end. */
  addToKeyFile: oc
    .input(
      z.strictObject({
        grant: grantSchema,
        keys: z.array(wrappedKeySchema).max(256),
        without: z.array(withoutSchema).max(256),
      }),
    )
    .output(handOverCountsSchema),
  /** Encrypts, signs and writes the file, at once and whole; nothing of the keys stays. */
  endKeyFile: oc.input(z.strictObject({ grant: grantSchema })).output(handOverCountsSchema),
  /** Wipes what waits; nothing is written. */
  dropKeyFile: oc.input(z.strictObject({ grant: grantSchema })).output(nothing),
  /**
   * Opens a key file by an own key, for a review: its keys stay in the vault's process until they are dropped or it ends.
   * `certificates`: those in whose name it may be signed, base64url.
   */
  openKeyFile: oc
    .input(
      z.strictObject({
        file,
        /** Ids that the log under review had. */
        deployments: z.array(deploymentIdSchema).min(1).max(64),
        certificates: z.array(z.base64url().max(16_384)).max(512),
      }),
    )
    .output(
      z.strictObject({
        grant: grantSchema,
        head: keyFileHeadSchema,
        counts: handOverCountsSchema,
        /** `unknown`: no certificate here verifies it. */
        signature: z.enum(['valid', 'unknown']),
        /** The certificate that signed. */
        signer: fingerprintSchema.nullable(),
      }),
    ),
  /** Opens the parameters of an entry, holds them against its statement, and shows both in the vault's window. */
  showEntry: oc
    .input(z.strictObject({ grant: grantSchema, entry: sealedEntrySchema }))
    .output(z.strictObject({ matches: z.boolean() })),
  dropKeys: oc.input(z.strictObject({ grant: grantSchema })).output(nothing),
  /** Makes a recovery key, writes it as text to be printed, and keeps nothing of it. */
  makeRecovery: oc.input(z.strictObject({ deployment: deploymentSchema, class: sealClassSchema, file })).output(
    z.strictObject({
      fingerprint: fingerprintSchema,
      certificate: z.base64url(),
      probe: z.strictObject({ digest: bytes32Schema, message: z.base64() }),
    }),
  ),
  /** Reads the paper's text back: only the right key opens the probe. */
  proveRecovery: oc
    .input(z.strictObject({ file, fingerprint: fingerprintSchema, message: z.base64() }))
    .output(z.strictObject({ secret: bytes32Schema })),
}
