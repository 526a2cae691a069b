import { z } from 'zod'
import type { CollectionDefinition, Indexed } from '#protocol/collection.ts'
import type { Json } from '#protocol/command.ts'

/** A field that replicas filter and sort by. */
export interface Field {
  readonly name: string
  readonly kind: 'number' | 'text'
}

const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrap(schema.unwrap())
    : schema

const kindOf = (definition: CollectionDefinition, name: string): Field['kind'] => {
  const shape: unknown = definition.schema instanceof z.ZodObject ? definition.schema.shape : {}
  const field = (shape as Readonly<Record<string, z.core.$ZodType | undefined>>)[name]
  return field !== undefined && unwrap(field) instanceof z.ZodNumber ? 'number' : 'text'
}

/** The indexed fields of a collection, each once, with the kind that its schema gives it. */
export const fieldsOf = (definition: CollectionDefinition): readonly Field[] =>
  [...new Set(definition.indexes.flat())].map((name) => ({ name, kind: kindOf(definition, name) }))

/** What the index holds of a row: a value of another kind than the schema says counts as absent. */
export const valuesOf = (fields: readonly Field[], row: Json): Indexed[] => {
  const record = row !== null && typeof row === 'object' && !Array.isArray(row) ? (row as { [key: string]: Json }) : {}
  return fields.map(({ name, kind }) => {
    const value = record[name]
    if (kind === 'number') return typeof value === 'number' ? value : null
    return typeof value === 'string' ? value : null
  })
}

/**
 * The text that search sees of a row; empty where the definition has none or can't read the row (a newer backend's).
 */
export const searchText = (definition: CollectionDefinition, row: Json): string => {
  if (definition.search === undefined) return ''
  try {
    return definition.search(row)
  } catch {
    return ''
  }
}

/** Keys sort as their UTF-8 bytes do, which is SQLite's order; JavaScript's own differs beyond the basic plane. */
export const compareKeys = (left: string, right: string): number => {
  const shorter = Math.min(left.length, right.length)
  for (let at = 0; at < shorter; at++) {
    const one = left.charCodeAt(at)
    const other = right.charCodeAt(at)
    if (one !== other) return byCodePoint(one) - byCodePoint(other)
  }
  return left.length - right.length
}

/** Moves the surrogates behind the rest of the basic plane, where their code points belong. */
const byCodePoint = (unit: number): number => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000)
