import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { instantSchema } from './ids.ts'
import { providerSchema } from './payments.ts'

/** How far a provider's list of changes was looked through, where it is asked for what no message told. */

const lookedSchema = z.strictObject({
  provider: providerSchema,
  /** A name for the account there, which another key or address may belong to: made by its adapter. */
  account: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** Everything that changed before, in the provider's time, is in the inbox. */
  until: instantSchema,
})

export const lookedKey = (provider: string, account: string): string => `${provider}/${account}`

/** The backend's alone: where a backend that starts goes on. */
export const lookedThrough = defineCollection({
  name: 'payments.looked-through',
  version: 1,
  schema: lookedSchema.extend({ key: z.string().max(80), at: instantSchema }),
  key: (row) => row.key,
  indexes: [],
  read: 'payments.read',
  retention: { rows: 1_000, by: 'at' },
})
export type LookedRow = z.infer<typeof lookedThrough.schema>

/** Signed by the module's service key, once a day at most. */
export const recordLooked = defineCommand({
  name: 'payments.recordLooked',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: lookedSchema,
})
export const changesLooked = defineEvent({ type: 'payments.changesLooked@1', data: lookedSchema })
