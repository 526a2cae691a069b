import { z } from 'zod'
import { fingerprintSchema, instantSchema } from '#protocol/ids.ts'
import { keyEntryIdSchema } from '#protocol/keys.ts'

/**
 * What the keyring holds, version 1: the plain text inside the sealed file and inside a backup. Secret keys lie in it
 * without a passphrase of their own; the file is what is locked. Keys are transferable keys in base64 (RFC 9580,
 * section 10), so that a backup can be read with any OpenPGP tool and a JSON reader.
 */

/** Where a secret part lies that is not in the keyring itself; `locator` is the hardware's own. */
const heldSchema = z.strictObject({
  place: z.enum(['agent', 'card', 'hsm']),
  locator: z.record(z.string(), z.string()),
})
export type HeldElsewhere = z.infer<typeof heldSchema>

const certificateSchema = z.strictObject({
  fingerprint: fingerprintSchema,
  key: z.base64(),
  /** Armored, made with the key; null for another's. */
  revocation: z.string().nullable(),
  confirmedAt: instantSchema.nullable(),
  held: z.record(fingerprintSchema, heldSchema),
})
export type StoredCertificate = z.infer<typeof certificateSchema>

const entrySchema = z.strictObject({
  id: keyEntryIdSchema,
  addedAt: instantSchema,
  certificates: z.array(certificateSchema).min(1),
})
export type StoredEntry = z.infer<typeof entrySchema>

export const documentSchema = z.strictObject({
  v: z.literal(1),
  createdAt: instantSchema,
  backupAt: instantSchema.nullable(),
  unsavedSince: instantSchema.nullable(),
  entries: z.array(entrySchema),
  /** Vendors' PKCS#11 libraries that were added on this machine. */
  modules: z.array(z.strictObject({ id: z.uuidv7(), file: z.string().min(1) })).default([]),
  /** How often each key opened something, and when last. */
  opened: z.record(fingerprintSchema, z.strictObject({ count: z.int(), at: instantSchema })),
})
export type KeyringDocument = z.infer<typeof documentSchema>

export const emptyDocument = (now: number): KeyringDocument => ({
  v: 1,
  createdAt: now,
  backupAt: null,
  unsavedSince: null,
  entries: [],
  modules: [],
  opened: {},
})
