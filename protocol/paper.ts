import { oc } from '@orpc/contract'
import { z } from 'zod'
import { invoices } from './payments-invoices.ts'
import { reportDataSchema } from './review.ts'

/** What the hidden window draws, for main to print: 監査報告書, or a document over a payment. */
export const paperSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('report'), data: reportDataSchema }),
  /** `demo`: of payments that are made up, which each of its pages says. */
  z.strictObject({ kind: z.literal('document'), data: invoices.schema, demo: z.boolean() }),
])
export type Paper = z.infer<typeof paperSchema>

const nothing = z.strictObject({})
/** Only the window that draws is answered. */
export const paperContract = {
  data: oc.input(nothing).output(paperSchema),
  /** The page stands there with its fonts: it can be printed. */
  drawn: oc.input(nothing).output(nothing),
}
