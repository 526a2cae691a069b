import type { z } from 'zod'
import { collectionNameSchema } from './ids.ts'
import type { Permission } from './permission.ts'

/** A value that an index can hold. */
export type Indexed = string | number | null

/**
 * A projected table that desktops mirror. Raising `version` rebuilds it from the log and raises its epoch.
 */
export interface CollectionDefinition<Row extends z.ZodType = z.ZodType> {
  /** `events`, `hub.modules` */
  readonly name: string
  readonly version: number
  readonly schema: Row
  /** The row's key: unique, at most 128 characters, sortable as bytes. */
  readonly key: (row: z.output<Row>) => string
  /** Fields that replicas can filter and sort by, each with the columns of one index, the sort field last. */
  readonly indexes: readonly (readonly string[])[]
  /** The words of a row, in Japanese, that full-text search finds; absent: not searchable. */
  readonly search?: (row: z.output<Row>) => string
  /** Who may mirror it. */
  readonly read: Permission
  /** What a replica keeps, and what the backend's own table keeps; entries are kept for ever. */
  readonly retention: { readonly rows: number; readonly by?: string }
}

export const defineCollection = <Row extends z.ZodType>(
  definition: CollectionDefinition<Row>,
): CollectionDefinition<Row> => {
  collectionNameSchema.parse(definition.name)
  return Object.freeze(definition)
}
