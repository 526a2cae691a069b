import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { utf8 } from './bytes.ts'

/**
 * RFC 8785 text of a JSON value: what is hashed, signed and stored. Numbers that are no safe integers are refused,
 * since readers of other languages round them differently; so are strings with lone surrogates. For what is left the
 * RFC's form is what ECMAScript writes, keys sorted by UTF-16 units; one pass, since every command passes here thrice.
 * @throws LibralError `input.unsafe-number`, `input.not-utf8`, `input.invalid`
 */
export const canonicalText = (value: Json): string => textOf(value)

/** UTF-8 of {@link canonicalText}. */
export const canonicalBytes = (value: Json): Uint8Array => utf8(canonicalText(value))

const textOf = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return stringText(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new LibralError('input.unsafe-number')
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `[${value.map(textOf).join(',')}]` : objectText(value)
    default:
      throw new LibralError('input.invalid')
  }
}

const stringText = (value: string): string => {
  if (!value.isWellFormed()) throw new LibralError('input.not-utf8')
  return JSON.stringify(value)
}

const objectText = (value: object): string => {
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const item: unknown = (value as Readonly<Record<string, unknown>>)[key]
    text += `${text === '' ? '' : ','}${stringText(key)}:${textOf(item)}`
  }
  return `{${text}}`
}
