import canonicalize from 'canonicalize'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { utf8 } from './bytes.ts'

/**
 * RFC 8785 text of a JSON value: what is hashed, signed and stored. Numbers that are no safe integers are refused,
 * since readers of other languages round them differently; so are strings with lone surrogates.
 * @throws LibralError `input.unsafe-number`, `input.not-utf8`, `input.invalid`
 */
export const canonicalText = (value: Json): string => {
  assertSignable(value)
  const text = canonicalize(value)
  if (text === undefined) throw new LibralError('input.invalid')
  return text
}

/** UTF-8 of {@link canonicalText}. */
export const canonicalBytes = (value: Json): Uint8Array => utf8(canonicalText(value))

const assertSignable = (value: unknown): void => {
  switch (typeof value) {
    case 'number':
      if (!Number.isSafeInteger(value)) throw new LibralError('input.unsafe-number')
      return
    case 'string':
      if (!value.isWellFormed()) throw new LibralError('input.not-utf8')
      return
    case 'boolean':
      return
    case 'object':
      if (value === null) return
      if (Array.isArray(value)) {
        for (const item of value) assertSignable(item)
        return
      }
      for (const [key, item] of Object.entries(value)) {
        assertSignable(key)
        assertSignable(item)
      }
      return
    default:
      throw new LibralError('input.invalid')
  }
}
