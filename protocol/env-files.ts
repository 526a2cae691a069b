import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { keyEntryIdSchema, keyStates } from './keys.ts'

/**
 * 設定ファイル: encrypted files of settings (`.env.gpg`). A file is opened in the vault's process and stays there: names,
 * readers and the values that a person asks to see cross, each on its own. A session ends with its iterator and at lock.
 */

/** Longer values are no settings. */
export const longestValue = 100_000

export const envReaderSchema = z.strictObject({
  id: keyEntryIdSchema,
  name: z.string(),
  email: z.string(),
  own: z.boolean(),
  state: z.enum(keyStates),
  /** Its fingerprint was compared on this machine, or it is one's own. */
  confirmed: z.boolean(),
  /** Of the certificate that is encrypted to; null where there is none left. */
  version: z.union([z.literal(4), z.literal(6)]).nullable(),
  /** Whether that one has a key to encrypt to, neither expired nor revoked. */
  encrypts: z.boolean(),
})
export type EnvReader = z.infer<typeof envReaderSchema>

export const envChangeSchema = z.strictObject({
  name: z.string(),
  change: z.enum(['added', 'changed', 'removed']),
})
export type EnvChange = z.infer<typeof envChangeSchema>

/** A file as it would be saved, without its values. */
export const envSheetSchema = z.strictObject({
  session: z.uuid(),
  revision: z.int(),
  /** Its name without its folder. */
  file: z.string(),
  /** Nothing lies on the disk yet. */
  fresh: z.boolean(),
  names: z.array(z.string()),
  changes: z.array(envChangeSchema),
  readers: z.array(envReaderSchema),
  /** Who can open the file as it lies there. */
  before: z.array(envReaderSchema),
  /** Keys outside the keyring and passwords that open it now, and will not once it is saved. */
  strangers: z.int(),
  /** Whether GnuPG will open it: some reader has a certificate of version 4. */
  forGnupg: z.boolean(),
})
export type EnvSheet = z.infer<typeof envSheetSchema>

const nothing = z.strictObject({})
const session = z.uuid()
const name = z.string().min(1).max(1_000)

/** Shared with the vault's own contract: what needs no file. */
export const envSessionContract = {
  /** One value: as it would be saved, or as it lies there. */
  value: oc
    .input(z.strictObject({ session, name, side: z.enum(['before', 'after']) }))
    .output(z.strictObject({ value: z.string() })),
  set: oc.input(z.strictObject({ session, name, value: z.string().max(longestValue) })).output(nothing),
  unset: oc.input(z.strictObject({ session, name })).output(nothing),
  /** Takes back what was done to one name. */
  revert: oc.input(z.strictObject({ session, name })).output(nothing),
  setReaders: oc.input(z.strictObject({ session, readers: z.array(keyEntryIdSchema).max(100) })).output(nothing),
  /** `dropStrangers`: agreed that who is not in the keyring loses it. */
  save: oc.input(z.strictObject({ session, dropStrangers: z.boolean() })).output(nothing),
  /** Reads the file anew, and forgets what was not saved. */
  reopen: oc.input(z.strictObject({ session })).output(nothing),
}

export const envFilesContract = {
  ...envSessionContract,
  /** Asks for the file in main's dialog; then the sheet at once, and each later one. */
  open: oc.input(nothing).output(eventIterator(envSheetSchema)),
  create: oc.input(nothing).output(eventIterator(envSheetSchema)),
}
