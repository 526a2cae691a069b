import { z } from 'zod'
import { type Json, type SignedCommand, signedCommandSchema, statementLimits } from '#protocol/command.ts'
import { maxEntryBytes } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { sha256, utf8 } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import type { CanonicalCommand } from '#trust/entry.ts'

/**
 * The values inside `params` are judged by the command's own strict schema and by the canonical form; walking them here
 * with a general JSON schema would triple the cost of the door.
 */
const shapeSchema = signedCommandSchema.extend({
  params: z.custom<Record<string, Json>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
})

/** A command with the canonical texts that every later step works on: made once, they are what the log stores. */
export interface Shaped extends CanonicalCommand {
  /** UTF-8 of the canonical statement. */
  readonly statementBytes: Uint8Array
  /** SHA-256 of it. */
  readonly digest: Uint8Array
}

/** @throws LibralError `input.invalid`, `command.too-large` */
export const shapeOf = (input: unknown): Shaped => {
  const parsed = shapeSchema.safeParse(input)
  if (!parsed.success) throw new LibralError('input.invalid', { field: parsed.error.issues[0]?.path.join('.') ?? '' })
  const command = parsed.data as SignedCommand
  const { issuedAt, expiresAt } = command.statement
  if (expiresAt <= issuedAt || expiresAt - issuedAt > statementLimits.lifeMs) {
    throw new LibralError('input.invalid', { field: 'statement.expiresAt' })
  }
  const statement = canonicalText(command.statement)
  const statementBytes = utf8(statement)
  return { command, statement, statementBytes, params: paramsText(command), digest: sha256(statementBytes) }
}

/** UTF-16 units are at most the UTF-8 bytes of the entry to come, whose exact size is judged when it is made. */
const paramsText = ({ params }: SignedCommand): string => {
  const text = textOf(params as Json)
  if (text.length <= maxEntryBytes) return text
  throw new LibralError('command.too-large', { bytes: text.length, limit: maxEntryBytes })
}

const textOf = (params: Json): string => {
  try {
    return canonicalText(params)
  } catch (cause) {
    if (cause instanceof LibralError) throw cause
    // Nested deeper than the stack: no JSON that anyone signed.
    throw new LibralError('input.invalid', { field: 'params' }, { cause })
  }
}
