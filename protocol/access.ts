import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { instantSchema } from './ids.ts'
import type { Permission } from './permission.ts'

/** アクセス記録: who read what where it matters, and who was refused. Each line stands in the log. */

/** Source in the inbox under which `libral audit export` leaves word of what it read of a store; body `{entries}`. */
export const storeExports = 'store-exports'
/** Who reads a store has its key; which person that is, nobody can say. */
export const storeReader = 'storage-key'

/** What is read of the record itself: entries one by one or as tiles, and whole bundles of them. */
export const readKinds = ['entries', 'bundle'] as const
export const readKindSchema = z.enum(readKinds)
export type ReadKind = z.infer<typeof readKindSchema>

/**
 * sealed: sealed values opened; rewrap: their keys given to another custodian; keys: their keys given to an auditor;
 * message: a provider's message as it came; refused: was not permitted.
 */
export const accessKinds = [...readKinds, 'sealed', 'rewrap', 'keys', 'message', 'export', 'refused'] as const
export type AccessKind = (typeof accessKinds)[number]

/** Reads of one kind in the last minute. `count`: entries. */
const readSchema = z.strictObject({ operator: z.string().max(64), what: readKindSchema, count: z.int().min(1) })

/** Written by each instance at most once a minute, however much is read; the rest is counted together under `*`. */
export const recordReads = defineCommand({
  name: 'access.recordReads',
  risk: 'low',
  permission: 'log.read',
  signedBy: 'service',
  params: z.strictObject({ reads: z.array(readSchema).min(1).max(100) }),
})
export const readsSummed = defineEvent({ type: 'access.readsSummed@1', data: readSchema })

/** A desktop tells of it before it writes a file: what the replica holds it could write without asking. */
export const recordExport = defineCommand({
  name: 'access.recordExport',
  risk: 'low',
  // Whoever may sign in may tell of what they do.
  permission: 'session.read',
  params: z.strictObject({ what: z.string().min(1).max(64) }),
})
/** What taking a collection's rows along needs besides reading them; null: nothing. */
export const exportPermission = (what: string): Permission | null =>
  what === 'payments' || what.startsWith('payments.') ? 'payments.export' : null
export const exported = defineEvent({ type: 'access.exported@1', data: recordExport.params })

export const accessRowSchema = z.strictObject({
  key: z.string().max(64),
  at: instantSchema,
  /** `anonymous` before sign-in, `*` for what was counted together. */
  operator: z.string().max(64),
  kind: z.enum(accessKinds),
  /** What was read: a subject, a collection, the code of a refusal. */
  detail: z.string().max(200),
  /** Why, where it was said. */
  reason: z.string().max(400),
  count: z.int().min(1),
})
export type AccessRow = z.infer<typeof accessRowSchema>

export const accesses = defineCollection({
  name: 'access.records',
  version: 1,
  schema: accessRowSchema,
  key: (row) => row.key,
  indexes: [['kind'], ['operator'], ['at']],
  read: 'log.read',
  retention: { rows: 100_000, by: 'at' },
})
