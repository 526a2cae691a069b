import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { collectionNameSchema, commandIdSchema } from './ids.ts'
import { coverageSchema } from './sealed.ts'
import { handOverCountsSchema } from './sealed-hand-over.ts'
import { custodianSchema, sealClassSchema } from './sealed-value.ts'

const nothing = z.strictObject({})

/** How far a rewrap is, in keys. */
export const rewrapNewsSchema = z.strictObject({
  state: z.enum(['running', 'done', 'cancelled']),
  done: z.int().min(0),
  total: z.int().min(0),
})
export type RewrapNews = z.infer<typeof rewrapNewsSchema>

/** How far a key file is: entries of the range that were looked through, and what was found in them. */
export const keyFileNewsSchema = z.strictObject({
  state: z.enum(['running', 'done']),
  /** Name of the file. */
  file: z.string(),
  entries: z.int().min(0),
  ofEntries: z.int().min(0),
  counts: handOverCountsSchema,
})
export type KeyFileNews = z.infer<typeof keyFileNewsSchema>

/** 封印, as windows reach it. No plain text comes back here: what is opened is shown by the vault's own window. */
export const sealedContract = {
  coverage: oc.input(nothing).output(z.array(coverageSchema)),
  /** Keys of the rows whose field has exactly this value. */
  find: oc
    .input(
      z.strictObject({
        collection: collectionNameSchema,
        field: z.string().max(40),
        value: z.string().min(1).max(400),
      }),
    )
    .output(z.strictObject({ rows: z.array(z.string()) })),
  /** Asks why, records it, opens the sealed fields of a row and shows them (of evidence: what it proves); resolves when the window was closed. */
  open: oc
    .input(
      z.strictObject({
        collection: z.enum(['session.contacts', 'payments.payers', 'payments.evidence']),
        row: z.string().max(128),
      }),
    )
    .output(nothing),
  /** Gives a custodian the keys from before; ending the stream cancels. `using: paper` asks for the recovery key's file. */
  rewrap: oc
    .input(z.strictObject({ class: sealClassSchema, custodian: custodianSchema, using: z.enum(['own', 'paper']) }))
    .output(eventIterator(rewrapNewsSchema)),
  /**
   * Writes the key file (鍵ファイル) of a recorded hand-over where the person says; ending the stream cancels and leaves no
   * file. The record stays open until the file is whole.
   */
  writeKeyFile: oc.input(z.strictObject({ id: commandIdSchema })).output(eventIterator(keyFileNewsSchema)),
  /** Makes a recovery key and writes it as text into a file that main asks for. */
  makeRecovery: oc.input(z.strictObject({ class: sealClassSchema })).output(z.strictObject({ file: z.string() })),
  /** Reads the recovery key's text back from a file. */
  proveRecovery: oc.input(z.strictObject({ class: sealClassSchema })).output(nothing),
}
