import { oc } from '@orpc/contract'
import { z } from 'zod'
import { fingerprintSchema, instantSchema } from './ids.ts'
import { importResultSchema, keyEntryIdSchema } from './keys.ts'

/** 公開: looking certificates up by address in Web Key Directories, and making one's own for a web server. */

/** advanced: at `openpgpkey.` before the domain; direct: at the domain itself. */
export const wkdMethods = ['advanced', 'direct'] as const

/** What a directory answered. It proves that the domain's server gave it out, nothing about the person. */
export const wkdFoundSchema = z.strictObject({
  /** Stands for the answer in `take`, until a few later ones. */
  id: z.uuid(),
  method: z.enum(wkdMethods),
  /** The host that answered, after redirections. */
  host: z.string(),
  certificates: z.array(
    z.strictObject({
      fingerprint: fingerprintSchema,
      version: z.union([z.literal(4), z.literal(6)]),
      userIds: z.array(z.string()),
      createdAt: instantSchema,
      /** Already in the keyring; taking it brings it up to date. */
      known: z.boolean(),
    }),
  ),
})

export const wkdPublishSchema = z.strictObject({
  ids: z.array(keyEntryIdSchema).min(1).max(200),
  domain: z.string().min(1).max(253),
  method: z.enum(wkdMethods),
})
/** Paths below the folder, `/` between their parts. */
export const wkdPublishedSchema = z.strictObject({ files: z.array(z.string()) })

export const wkdContract = {
  lookUp: oc.input(z.strictObject({ address: z.string().max(254) })).output(wkdFoundSchema),
  /** Puts what was found into the keyring, unconfirmed. */
  take: oc.input(z.strictObject({ id: z.uuid() })).output(importResultSchema),
  /** Writes the tree into a folder that main's dialog asks for; files of the same name are replaced. */
  publish: oc.input(wkdPublishSchema).output(wkdPublishedSchema.extend({ folder: z.string() })),
}
