import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { envelopeSchema, fileNewsSchema, messageTextContract, signingSchema } from '#protocol/messages.ts'

/** Between main (or the command line) and the vault: as `protocol/messages.ts`, with files in place of tokens. */
const path = z.string().min(1)
/** `replace`: the operator agreed that what has the target's name goes. */
const job = z.strictObject({ source: path, target: path, replace: z.boolean() })
export type FileJob = z.infer<typeof job>

/** What a chosen file is; `other`: no OpenPGP data, or damaged at its very beginning. */
const kindSchema = z.enum(['encrypted', 'signed', 'cleartext', 'detached', 'other'])

/** A file to read: `target` where a document comes out, `document` where a signature lies apart from it. */
const readJob = z.strictObject({
  source: path,
  target: path.nullable(),
  replace: z.boolean(),
  document: path.nullable(),
})
export type ReadJob = z.infer<typeof readJob>

export const messagesVaultContract = {
  ...messageTextContract,
  inspect: oc.input(z.strictObject({ file: path })).output(z.strictObject({ kind: kindSchema })),
  /**
   * Opens the key of one encrypted message and nothing else, for who reads it along with the file and keeps nothing of it.
   * `algorithm`: RFC 9580, 9.3. Asks for a password where no key of the keyring opens it.
   */
  openKey: oc
    .input(z.strictObject({ file: path }))
    .output(z.strictObject({ algorithm: z.int().nullable(), key: z.base64() })),
  encryptFiles: oc
    .input(z.strictObject({ files: z.array(job), envelope: envelopeSchema, armored: z.boolean() }))
    .output(eventIterator(fileNewsSchema)),
  signFiles: oc
    .input(z.strictObject({ files: z.array(job), signing: signingSchema, armored: z.boolean() }))
    .output(eventIterator(fileNewsSchema)),
  readFiles: oc.input(z.strictObject({ files: z.array(readJob) })).output(eventIterator(fileNewsSchema)),
}
