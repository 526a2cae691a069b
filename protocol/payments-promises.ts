import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { instantSchema } from './ids.ts'
import { paymentIdSchema, providerSchema, referenceSchema } from './payments.ts'

/**
 * A buyer who asks before paying (Telegram's pre-checkout) was told yes: until it is seen what became of that, nobody else
 * may pay by the same link.
 */

/** How long a payment takes after the yes at most, ms; later its provider is asked before somebody else may pay. */
export const promiseMs = 30_000

const promiseSchema = z.strictObject({
  payment: paymentIdSchema,
  /** The provider's id of the question; asked again it has the same answer. */
  query: referenceSchema.max(64),
})

/** Of payments that nobody has paid. The backend's alone. */
export const promises = defineCollection({
  name: 'payments.promises',
  version: 1,
  schema: promiseSchema.extend({ until: instantSchema }),
  key: (row) => row.payment,
  indexes: [],
  read: 'payments.read',
  retention: { rows: 1_000_000, by: 'until' },
})

/** Signed by the module's service key. Of two at once, on whichever instances, one counts. */
export const recordPromise = defineCommand({
  name: 'payments.recordPromise',
  risk: 'low',
  permission: 'payments.create',
  signedBy: 'service',
  params: promiseSchema,
})
export const paymentPromised = defineEvent({
  type: 'payments.promised@1',
  data: promiseSchema.extend({ provider: providerSchema, until: instantSchema }),
})
