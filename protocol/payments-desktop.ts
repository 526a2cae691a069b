import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { providerSchema } from './payments.ts'
import { balanceCheckSchema } from './payments-balance.ts'
import { booksOrderSchema, booksPreviewSchema } from './payments-books.ts'
import { messageIdSchema, messagePageSchema, messageQuerySchema, rawMessageSchema } from './payments-inbox.ts'
import { noteSchema } from './payments-records.ts'
import {
  connectionTestSchema,
  enteredSecretSchema,
  providerAddressSchema,
  providerDraftSchema,
} from './payments-settings.ts'

/** 決済, as windows reach what is no row: the inbox of webhooks, and the providers' settings. */
export const paymentsContract = {
  inbox: oc.input(messageQuerySchema).output(messagePageSchema),
  /** Records the opening, then hands the message out. `payments.message-gone` after its thirty days. */
  message: oc
    .input(z.strictObject({ provider: providerSchema, message: messageIdSchema, reason: noteSchema.min(1) }))
    .output(rawMessageSchema),
  /**
   * Asks for keys in a window of main's own, which names the address that they will be shown to, and seals them for the
   * backend: no page ever sees one. `payments.not-entered` when the person closes it.
   */
  enterSecrets: oc
    .input(
      z.strictObject({
        provider: providerSchema,
        baseAddress: providerAddressSchema,
        names: z.array(z.string().max(32)).min(1).max(8),
      }),
    )
    .output(z.strictObject({ secrets: z.record(z.string(), enteredSecretSchema) })),
  /** Asks the provider something harmless; with null by the settings that are in force. */
  test: oc
    .input(z.strictObject({ provider: providerSchema, draft: providerDraftSchema.nullable() }))
    .output(connectionTestSchema),
  /** 残高の検算, over what this desktop mirrors. */
  checkBalances: oc.input(z.strictObject({})).output(balanceCheckSchema),
  /** 仕訳・書き出し: what a file of these days would hold, of what this desktop mirrors. Ending the iterator stops it. */
  previewBooks: oc.input(booksOrderSchema).output(eventIterator(booksPreviewSchema)),
}
