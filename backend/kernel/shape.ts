import { z } from 'zod'
import { type Json, type SignedCommand, signedCommandSchema, statementLimits } from '#protocol/command.ts'
import { maxEntryBytes } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { statementDigest } from '#trust/statement.ts'

/**
 * The values inside `params` are judged by the command's own strict schema and by the canonical form; walking them here
 * with a general JSON schema would triple the cost of the door.
 */
const shapeSchema = signedCommandSchema.extend({
  params: z.custom<Record<string, Json>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
})

export interface Shaped {
  readonly command: SignedCommand
  /** SHA-256 of the canonical statement. */
  readonly digest: Uint8Array
}

/** @throws LibralError `input.invalid`, `command.too-large` */
export const shapeOf = (input: unknown): Shaped => {
  const parsed = shapeSchema.safeParse(input)
  if (!parsed.success) throw new LibralError('input.invalid', { field: parsed.error.issues[0]?.path.join('.') ?? '' })
  const command = parsed.data as SignedCommand
  assertSize(command)
  const { issuedAt, expiresAt } = command.statement
  if (expiresAt <= issuedAt || expiresAt - issuedAt > statementLimits.lifeMs) {
    throw new LibralError('input.invalid', { field: 'statement.expiresAt' })
  }
  return { command, digest: statementDigest(command.statement) }
}

/** UTF-16 units are at most the UTF-8 bytes of the entry to come, whose exact size is judged when it is made. */
const assertSize = (command: SignedCommand): void => {
  const length = lengthOf(command.params)
  if (length > maxEntryBytes) throw new LibralError('command.too-large', { bytes: length, limit: maxEntryBytes })
}

const lengthOf = (params: unknown): number => {
  try {
    return JSON.stringify(params).length
  } catch (cause) {
    // Nested deeper than the stack, or circular: no JSON that anyone signed.
    throw new LibralError('input.invalid', { field: 'params' }, { cause })
  }
}
