import { z } from 'zod'
import { jsonObjectSchema, parsedObjectSchema, signedCommandSchema, signedCommandWith } from './command.ts'
import { bytes32Schema, eventTypeSchema, instantSchema } from './ids.ts'
import { sealedParamsSchema } from './sealed-value.ts'

/** Largest entry in canonical bytes. Larger evidence lies beside the log, its SHA-256 inside the entry. */
export const maxEntryBytes = 32 * 1024

const loggedEventWith = (data: typeof jsonObjectSchema) => z.strictObject({ type: eventTypeSchema, data })
export const loggedEventSchema = loggedEventWith(jsonObjectSchema)
export type LoggedEvent = z.infer<typeof loggedEventSchema>

/**
 * A command that named a person: `sealed` holds the canonical JSON of `{params, salt}`. The statement's signature is
 * verified without it; who can open it can hold it against `paramsDigest`, and once it is erased nobody can guess at it.
 */
export const sealedCommandSchema = signedCommandSchema
  .omit({ params: true, salt: true })
  .extend({ sealed: sealedParamsSchema })
export type SealedCommand = z.infer<typeof sealedCommandSchema>

const entryWith = (json: typeof jsonObjectSchema) =>
  z.strictObject({
    v: z.literal(1),
    index: z.int().min(0),
    at: instantSchema,
    command: z.union([signedCommandWith(json), sealedCommandSchema]),
    policy: bytes32Schema,
    events: z.array(loggedEventWith(json)).max(256),
  })
/**
 * Entry format v1: one accepted command with what it caused. It is stored and hashed as RFC 8785 bytes and never
 * serialised again. `policy` is the SHA-256 of the policy set under which it was authorised.
 */
export const entrySchema = entryWith(jsonObjectSchema)
/** The same, for what JSON.parse has read out of bytes whose numbers were looked at: a million of them in a review. */
export const entryOfJsonSchema = entryWith(parsedObjectSchema)
export type Entry = z.infer<typeof entrySchema>

/** The head of the log: `root` is the RFC 6962 tree hash over the first `size` entries. */
export const logHeadSchema = z.strictObject({ size: z.int().min(0), root: bytes32Schema })
export type LogHead = z.infer<typeof logHeadSchema>
