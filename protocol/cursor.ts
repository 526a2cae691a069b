import { z } from 'zod'

/**
 * A place in a collection's history. `offset` is the log size after the last entry applied; `epoch` rises whenever the
 * collection is rebuilt, and a cursor of another epoch is worth nothing.
 */
export const cursorSchema = z.strictObject({ epoch: z.int().min(1), offset: z.int().min(0) })
export type Cursor = z.infer<typeof cursorSchema>
