import { z } from 'zod'
import { jsonObjectSchema, signedCommandSchema } from './command.ts'
import { bytes32Schema, eventTypeSchema, instantSchema } from './ids.ts'
import { sealedParamsSchema } from './sealed-value.ts'

/** Largest entry in canonical bytes. Larger evidence lies beside the log, its SHA-256 inside the entry. */
export const maxEntryBytes = 32 * 1024

export const loggedEventSchema = z.strictObject({ type: eventTypeSchema, data: jsonObjectSchema })
export type LoggedEvent = z.infer<typeof loggedEventSchema>

/**
 * A command that named a person: `sealed` holds the canonical JSON of `{params, salt}`. The statement's signature is
 * verified without it; who can open it can hold it against `paramsDigest`, and once it is erased nobody can guess at it.
 */
export const sealedCommandSchema = signedCommandSchema
  .omit({ params: true, salt: true })
  .extend({ sealed: sealedParamsSchema })
export type SealedCommand = z.infer<typeof sealedCommandSchema>

/**
 * Entry format v1: one accepted command with what it caused. It is stored and hashed as RFC 8785 bytes and never
 * serialised again. `policy` is the SHA-256 of the policy set under which it was authorised.
 */
export const entrySchema = z.strictObject({
  v: z.literal(1),
  index: z.int().min(0),
  at: instantSchema,
  command: z.union([signedCommandSchema, sealedCommandSchema]),
  policy: bytes32Schema,
  events: z.array(loggedEventSchema).max(256),
})
export type Entry = z.infer<typeof entrySchema>

/** The head of the log: `root` is the RFC 6962 tree hash over the first `size` entries. */
export const logHeadSchema = z.strictObject({ size: z.int().min(0), root: bytes32Schema })
export type LogHead = z.infer<typeof logHeadSchema>
