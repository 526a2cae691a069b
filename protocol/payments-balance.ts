import { z } from 'zod'
import { paymentCurrencySchema } from './payments.ts'
import { accountSchema } from './payments-ledger.ts'

/** 残高の検算: every balance added up anew from the transfers. */

const sumSchema = z.string().regex(/^(0|[1-9][0-9]*)$/)
export const balanceCheckSchema = z.strictObject({
  /** False: this desktop has not got all of the books yet, or only their newest, and nothing follows from what differs. */
  whole: z.boolean(),
  transfers: z.int().min(0),
  accounts: z.int().min(0),
  /** Of all accounts together, minor units. In books that are right both sides are equal. */
  currencies: z
    .array(z.strictObject({ currency: paymentCurrencySchema, debits: sumSchema, credits: sumSchema }))
    .max(20),
  /** Balances that are not what their transfers add up to; the first of them. */
  differences: z
    .array(
      z.strictObject({
        account: accountSchema,
        currency: paymentCurrencySchema,
        /** As kept, and as added up. */
        kept: z.strictObject({ debits: z.string(), credits: z.string() }),
        found: z.strictObject({ debits: sumSchema, credits: sumSchema }),
      }),
    )
    .max(100),
  /** How many differ. */
  differing: z.int().min(0),
  /** How long it took, ms. */
  tookMs: z.number().min(0),
})
export type BalanceCheck = z.infer<typeof balanceCheckSchema>
