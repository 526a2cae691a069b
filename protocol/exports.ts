import { z } from 'zod'
import { failureSchema } from './errors.ts'

/** How the writing of a file goes that a person asked for; `rows`: what it counts, lines or entries. */
export const exportProgressSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('running'), rows: z.int(), total: z.int().nullable() }),
  z.strictObject({ state: z.literal('done'), rows: z.int(), file: z.string() }),
  z.strictObject({ state: z.literal('cancelled'), rows: z.int() }),
  z.strictObject({ state: z.literal('failed'), failure: failureSchema }),
])
export type ExportProgress = z.infer<typeof exportProgressSchema>
