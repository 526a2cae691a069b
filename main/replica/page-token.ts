import { z } from 'zod'
import type { Indexed } from '#protocol/collection.ts'
import { LibralError } from '#protocol/errors.ts'

/** The last row of a page: its key, and its value in the sort field where there is one. */
export interface Token {
  readonly key: string
  readonly value: Indexed
}

const schema = z.tuple([z.string().max(128), z.union([z.string(), z.number(), z.null()])])

export const writeToken = ({ key, value }: Token): string => JSON.stringify([key, value])

/** @throws LibralError `collection.filter-invalid` */
export const readToken = (text: string): Token => {
  try {
    const [key, value] = schema.parse(JSON.parse(text))
    return { key, value }
  } catch (cause) {
    throw new LibralError('collection.filter-invalid', { field: 'after' }, { cause })
  }
}
