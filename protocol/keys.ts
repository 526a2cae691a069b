import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { failureSchema } from './errors.ts'
import { fingerprintSchema, instantSchema } from './ids.ts'

/**
 * 鍵: what a window may ask of the vault. Certificates cross, keys never do; passphrases, PINs and confirmations are
 * asked in the vault's own window, files are chosen in dialogs of main.
 */

/** Id of one line of the keyring, a UUIDv7 made where the line was. */
export const keyEntryIdSchema = z.uuidv7()

/**
 * absent: no keyring on this machine; opening: its process starts or a passphrase is being asked; unlocked; locking:
 * its process is ending; failed: it can't be opened (see `failure`).
 */
export const vaultStates = ['absent', 'locked', 'opening', 'unlocked', 'locking', 'failed'] as const
export const vaultStateSchema = z.strictObject({
  revision: z.int(),
  state: z.enum(vaultStates),
  since: instantSchema,
  failure: failureSchema.nullable(),
  /** A keyring file that could not be read was set aside under this name; shown once. */
  setAside: z.string().nullable(),
})
export type VaultState = z.infer<typeof vaultStateSchema>

/** What a key can do. */
export const keyUses = ['certify', 'sign', 'encrypt', 'authenticate'] as const
/** Where the secret part lies; null: not on this machine. */
export const keyPlaces = ['software', 'agent', 'card', 'hsm'] as const
/** `compromised` puts everything signed with it in doubt; `retired` and `superseded` only what comes later. */
export const revocationReasons = ['compromised', 'retired', 'superseded', 'unspecified'] as const
export type RevocationReason = (typeof revocationReasons)[number]

const revocationSchema = z.strictObject({ at: instantSchema, reason: z.enum(revocationReasons), text: z.string() })

export const keyPartSchema = z.strictObject({
  fingerprint: fingerprintSchema,
  keyId: z.string(),
  primary: z.boolean(),
  /** `ed25519`, `x25519`, `ed448`, `rsa3072`, `nistP256`, … */
  algorithm: z.string(),
  uses: z.array(z.enum(keyUses)),
  createdAt: instantSchema,
  expiresAt: instantSchema.nullable(),
  revoked: revocationSchema.nullable(),
  place: z.enum(keyPlaces).nullable(),
  /** How often it opened something on this machine, and when last. */
  opened: z.strictObject({ count: z.int(), at: instantSchema.nullable() }),
})
export type KeyPart = z.infer<typeof keyPartSchema>

export const userIdSchema = z.strictObject({
  text: z.string(),
  name: z.string(),
  email: z.string(),
  primary: z.boolean(),
  revoked: z.boolean(),
})

export const certificateSchema = z.strictObject({
  fingerprint: fingerprintSchema,
  version: z.union([z.literal(4), z.literal(6)]),
  parts: z.array(keyPartSchema),
  userIds: z.array(userIdSchema),
  createdAt: instantSchema,
  expiresAt: instantSchema.nullable(),
  revoked: revocationSchema.nullable(),
  /** Prefers SEIPDv2 with AES-256-OCB. */
  modern: z.boolean(),
  /** The fingerprint was compared and marked 確認済み on this machine, then. */
  confirmedAt: instantSchema.nullable(),
  hasRevocation: z.boolean(),
})
export type Certificate = z.infer<typeof certificateSchema>

/** valid, expiring (within 30 days), expired, revoked, broken (no valid self-signature). */
export const keyStates = ['valid', 'expiring', 'expired', 'revoked', 'broken'] as const
export type KeyState = (typeof keyStates)[number]

/** One line of the keyring: one's own identity, or another's certificate. A v6 certificate and its v4 companion are one. */
export const keyEntrySchema = z.strictObject({
  id: keyEntryIdSchema,
  own: z.boolean(),
  name: z.string(),
  email: z.string(),
  state: z.enum(keyStates),
  expiresAt: instantSchema.nullable(),
  addedAt: instantSchema,
  /** v6 first. */
  certificates: z.array(certificateSchema),
})
export type KeyEntry = z.infer<typeof keyEntrySchema>

/** `stock`: the fast cipher failed its self-test when the vault started, and the library's own slow one is in use. */
export const ocbKinds = ['fast', 'stock'] as const

export const keyringSchema = z.strictObject({
  revision: z.int(),
  ocb: z.enum(ocbKinds),
  entries: z.array(keyEntrySchema),
  /** When the last backup was written; null: never. */
  backupAt: instantSchema.nullable(),
  /** When something secret changed that no backup has. */
  unsavedSince: instantSchema.nullable(),
})
export type Keyring = z.infer<typeof keyringSchema>

export const identityDraftSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  email: z.union([z.email().max(200), z.literal('')]),
  curve: z.enum(['25519', '448']),
  /** A v4 certificate beside it, for peers with GnuPG. */
  companion: z.boolean(),
  /** null: no expiry. */
  days: z.int().min(1).max(36_500).nullable(),
})
export type IdentityDraft = z.infer<typeof identityDraftSchema>

/** What became of each certificate of an import. */
export const importResultSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      id: keyEntryIdSchema.nullable(),
      name: z.string(),
      fingerprint: z.string(),
      outcome: z.enum(['added', 'merged', 'unchanged', 'refused']),
      secret: z.boolean(),
      failure: failureSchema.nullable(),
    }),
  ),
})
export type ImportResult = z.infer<typeof importResultSchema>

export const gnupgKeySchema = z.strictObject({
  fingerprint: fingerprintSchema,
  userId: z.string(),
  createdAt: instantSchema,
  expiresAt: instantSchema.nullable(),
  secret: z.boolean(),
  /** Already in the keyring. */
  known: z.boolean(),
})
export type GnupgKey = z.infer<typeof gnupgKeySchema>

const nothing = z.strictObject({})
const entryId = z.strictObject({ id: keyEntryIdSchema })
const written = z.strictObject({ file: z.string() })

export const exportKinds = ['certificate', 'secret', 'revocation'] as const
export const exportInputSchema = z.strictObject({
  id: keyEntryIdSchema,
  fingerprint: fingerprintSchema,
  what: z.enum(exportKinds),
  armored: z.boolean(),
})

/**
 * Served by main, which adds files and passes the rest on to the vault's process. Everything but `state`, `setUp`,
 * `unlock` and `restore` fails with `vault.locked` while it is locked; a window that the operator closes without an
 * answer is `vault.declined`. Before anything is revoked or removed, that window says what becomes unreadable.
 */
export const keysContract = {
  state: oc.input(nothing).output(eventIterator(vaultStateSchema)),
  /** Makes the keyring; its passphrase is asked in the vault's window. */
  setUp: oc.input(nothing).output(nothing),
  unlock: oc.input(nothing).output(nothing),
  /** A new, empty keyring for who can't open the one that is there; that one stays under another name. */
  startOver: oc.input(nothing).output(nothing),
  /** Resolves when the process has ended. */
  lock: oc.input(nothing).output(nothing),
  changePassphrase: oc.input(nothing).output(nothing),
  /** The keyring at once, then after each change. Ends when the vault is locked. */
  watch: oc.input(nothing).output(eventIterator(keyringSchema)),
  create: oc.input(identityDraftSchema).output(entryId),
  /** The certificate's armored text: public. */
  armored: oc
    .input(z.strictObject({ id: keyEntryIdSchema, fingerprint: fingerprintSchema }))
    .output(z.strictObject({ text: z.string() })),
  importFile: oc.input(nothing).output(importResultSchema),
  /** Certificates alone: a secret key that is pasted is refused (`keys.secret-in-text`). */
  importText: oc.input(z.strictObject({ text: z.string().max(1_000_000) })).output(importResultSchema),
  gnupgKeys: oc.input(nothing).output(z.strictObject({ keys: z.array(gnupgKeySchema) })),
  importGnupg: oc
    .input(z.strictObject({ fingerprints: z.array(fingerprintSchema).min(1).max(200), secret: z.boolean() }))
    .output(importResultSchema),
  exportFile: oc.input(exportInputSchema).output(written),
  backup: oc.input(nothing).output(written),
  restore: oc.input(nothing).output(importResultSchema),
  extend: oc
    .input(z.strictObject({ id: keyEntryIdSchema, days: z.int().min(1).max(36_500).nullable() }))
    .output(nothing),
  /** New encryption subkeys; the old ones stay for what was encrypted to them. */
  rotate: oc.input(entryId).output(nothing),
  addUserId: oc
    .input(z.strictObject({ id: keyEntryIdSchema, name: z.string().trim().min(1).max(120), email: z.email().max(200) }))
    .output(nothing),
  revokeUserId: oc.input(z.strictObject({ id: keyEntryIdSchema, userId: z.string().max(400) })).output(nothing),
  revoke: oc
    .input(z.strictObject({ id: keyEntryIdSchema, reason: z.enum(revocationReasons), text: z.string().max(200) }))
    .output(nothing),
  /** By the revocation certificate that was kept, where the secret key is lost; main's dialog asks for its file. */
  revokeByFile: oc.input(nothing).output(entryId),
  remove: oc.input(entryId).output(nothing),
  confirm: oc
    .input(z.strictObject({ id: keyEntryIdSchema, fingerprint: fingerprintSchema, confirmed: z.boolean() }))
    .output(nothing),
}
export type KeysContract = typeof keysContract
