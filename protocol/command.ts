import { z } from 'zod'
import type { Description } from './description.ts'
import {
  bytes32Schema,
  commandIdSchema,
  commandNameSchema,
  deploymentIdSchema,
  fingerprintSchema,
  type Instant,
  instantSchema,
  keyIdSchema,
  operatorIdSchema,
} from './ids.ts'
import type { Permission } from './permission.ts'
import type { Sealing } from './sealed-value.ts'
import type { CommandFacts } from './verdict.ts'

/** low: the session key signs. medium, high: the operator's OpenPGP key signs after the vault's own confirmation. */
export const risks = ['low', 'medium', 'high'] as const
export type Risk = (typeof risks)[number]

/** What a command is, for both sides; how it is decided is the backend module's. */
export interface CommandDefinition<Params extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly risk: Risk
  readonly permission: Permission
  /** Only such a key may sign it, whatever the permissions: what the backend alone can know, or a person has to mean. */
  readonly signedBy?: 'service' | 'log' | 'openpgp'
  /** Strict schema; JSON numbers must be safe integers, everything else a string. */
  readonly params: Params
  /** What is shown of it before it is signed: needed for medium and high risk. Pure over the parsed parameters. */
  describe?(params: z.output<Params>): Description
  /** What the backend seals before the command is decided: neither entry nor rows ever hold it in the clear. */
  readonly seals?: Sealing
  /**
   * What policies may look at, of parameters as `params` gives them; absent: its name alone. A method, so that
   * definitions of all kinds of parameters fit one list.
   */
  facts?(params: z.output<Params>): CommandFacts
}

export const defineCommand = <Params extends z.ZodType>(
  definition: CommandDefinition<Params>,
): CommandDefinition<Params> => {
  commandNameSchema.parse(definition.name)
  return Object.freeze(definition)
}

/**
 * What is signed. The signature covers the RFC 8785 bytes of this object (see trust/statement.ts), so parameters are
 * bound through `paramsDigest` = SHA-256(salt ‖ canonical params).
 */
export const statementSchema = z.strictObject({
  v: z.literal(1),
  context: deploymentIdSchema,
  purpose: z.literal('command'),
  command: commandNameSchema,
  id: commandIdSchema,
  paramsDigest: bytes32Schema,
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  operator: operatorIdSchema,
})
export type Statement = z.infer<typeof statementSchema>

/** Ed25519 by a session key (desktop), a service key (adapters, jobs) or the log key (genesis). 64 bytes, base64url. */
const ed25519SignatureSchema = z.strictObject({
  kind: z.enum(['session', 'service', 'log']),
  key: keyIdSchema,
  value: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})
export type Ed25519Signature = z.infer<typeof ed25519SignatureSchema>

/** What z.base64url() takes, which decodes it to find out: a review reads a million of them. */
const base64url = /^(?=.)(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/

/**
 * By an operator's OpenPGP key under Context-Lock (trust/context-lock.ts). `key` is the fingerprint of the registered
 * certificate, `value` one signature packet in base64url.
 */
export const openpgpSignatureSchema = z.strictObject({
  kind: z.literal('openpgp'),
  key: fingerprintSchema,
  value: z.string().max(6_000).regex(base64url),
})
export type OpenpgpSignature = z.infer<typeof openpgpSignatureSchema>

export const signatureSchema = z.discriminatedUnion('kind', [ed25519SignatureSchema, openpgpSignatureSchema])
export type Signature = z.infer<typeof signatureSchema>

/** A JSON value as our wires carry it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export const jsonObjectSchema = z.record(z.string(), z.json())

/** For what JSON.parse has made: an object there holds nothing but JSON, which need not be looked at again. */
export const parsedObjectSchema = z.custom<z.infer<typeof jsonObjectSchema>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
) as unknown as typeof jsonObjectSchema

/** @param params any JSON object */
export const signedCommandWith = (params: typeof jsonObjectSchema) =>
  z.strictObject({
    statement: statementSchema,
    salt: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    params,
    signatures: z.array(signatureSchema).min(1).max(8),
  })
/** A command as it travels. `salt` is 16 random bytes in base64url. */
export const signedCommandSchema = signedCommandWith(jsonObjectSchema)
export type SignedCommand = z.infer<typeof signedCommandSchema>

/** Longest life of a statement, and how far ahead of the backend's clock it may be issued. */
export const statementLimits = { lifeMs: 24 * 60 * 60 * 1000, aheadMs: 120_000 } as const

/**
 * When a statement is issued: by the backend's clock as the signer knows it, but not before the key that signs was made.
 * A clock that is only guessed (an answer took its time) may lie a little behind a key that is seconds old.
 */
export const issuedBy = (now: Instant, keyMade: Instant): Instant =>
  keyMade > now && keyMade - now < statementLimits.aheadMs ? keyMade : now

/** Longest life by risk: what does most harm is meant for now, and a copy of it is soon worth nothing. */
export const riskLifeMs: Readonly<Record<Risk, number>> = {
  low: statementLimits.lifeMs,
  medium: 60 * 60_000,
  high: 10 * 60_000,
}

/**
 * The stored outcome of an accepted command. `size` is the log size after its entry: a replica whose cursor has reached
 * `size` shows its effect. A refused command leaves no entry and answers with an error code.
 */
export const outcomeSchema = z.strictObject({
  id: commandIdSchema,
  index: z.int().min(0),
  size: z.int().min(1),
  at: instantSchema,
})
export type Outcome = z.infer<typeof outcomeSchema>
