import { z } from 'zod'
import { currencies } from '#protocol/money.ts'
import { type HttpAnswer, jsonIn, jsonOf, notDone } from '../http-call.ts'

/**
 * What PayPal answers, as its OpenAPI documents have it, and what an answer means that is none.
 * https://developer.paypal.com/api/rest/
 */

export type PayPalCurrency = 'JPY' | 'USD'

/** As many decimals as the currency has, and none for yen (`DECIMALS_NOT_SUPPORTED`). */
export const payPalValue = (currency: PayPalCurrency, minor: bigint): string => {
  const places = currencies[currency]
  const digits = minor.toString().padStart(places + 1, '0')
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** @returns undefined for what is no amount of this currency: nothing is rounded */
export const minorOf = (currency: string, value: string): bigint | undefined => {
  if (currency !== 'JPY' && currency !== 'USD') return undefined
  const places = currencies[currency]
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,4}))?$/.exec(value) ?? []
  if (whole === '' || !/^0*$/.test(part.slice(places))) return undefined
  return BigInt(`${sign}${whole}${part.slice(0, places).padEnd(places, '0')}`)
}

const amountSchema = z.object({ currency_code: z.string().length(3), value: z.string().max(32) })
export type PayPalAmount = z.output<typeof amountSchema>
const idSchema = z.string().min(1).max(64)
const timeSchema = z.iso.datetime({ offset: true }).optional()

/** Said alike of money that came in and of money that went back. */
const moved = {
  status_details: z.object({ reason: z.string() }).optional(),
  amount: amountSchema,
  custom_id: z.string().optional(),
  invoice_id: z.string().optional(),
  create_time: timeSchema,
  update_time: timeSchema,
}
const breakdownSchema = z.object({
  gross_amount: amountSchema,
  paypal_fee: amountSchema.optional(),
  net_amount: amountSchema.optional(),
})

export const captureSchema = z.object({
  id: idSchema,
  status: z.enum(['COMPLETED', 'DECLINED', 'PARTIALLY_REFUNDED', 'PENDING', 'REFUNDED', 'FAILED']),
  ...moved,
  seller_receivable_breakdown: breakdownSchema.optional(),
  supplementary_data: z.object({ related_ids: z.object({ order_id: idSchema.optional() }).optional() }).optional(),
})
export type PayPalCapture = z.output<typeof captureSchema>

export const refundSchema = z.object({
  id: idSchema,
  status: z.enum(['CANCELLED', 'FAILED', 'PENDING', 'COMPLETED']),
  ...moved,
  seller_payable_breakdown: breakdownSchema.optional(),
})
export type PayPalRefund = z.output<typeof refundSchema>

const authorizationSchema = z.object({
  id: idSchema,
  status: z.enum(['CREATED', 'CAPTURED', 'DENIED', 'PARTIALLY_CAPTURED', 'VOIDED', 'PENDING']),
  amount: amountSchema,
  custom_id: z.string().optional(),
  create_time: timeSchema,
  expiration_time: timeSchema,
})
export type PayPalAuthorization = z.output<typeof authorizationSchema>

export const orderSchema = z.object({
  id: idSchema,
  intent: z.enum(['CAPTURE', 'AUTHORIZE']).optional(),
  status: z.enum(['CREATED', 'SAVED', 'APPROVED', 'VOIDED', 'COMPLETED', 'PAYER_ACTION_REQUIRED']),
  create_time: timeSchema,
  update_time: timeSchema,
  payer: z
    .object({
      payer_id: z.string().optional(),
      email_address: z.string().optional(),
      name: z.object({ given_name: z.string().optional(), surname: z.string().optional() }).optional(),
    })
    .optional(),
  purchase_units: z
    .array(
      z.object({
        custom_id: z.string().optional(),
        amount: amountSchema.optional(),
        payments: z
          .object({
            captures: z.array(captureSchema).optional(),
            authorizations: z.array(authorizationSchema).optional(),
            refunds: z.array(refundSchema).optional(),
          })
          .optional(),
      }),
    )
    .optional(),
  links: z.array(z.object({ rel: z.string(), href: z.url() })).optional(),
})
export type PayPalOrder = z.output<typeof orderSchema>

export const disputeSchema = z.object({
  dispute_id: idSchema,
  status: z.string(),
  reason: z.string().optional(),
  create_time: timeSchema,
  update_time: timeSchema,
  dispute_amount: amountSchema.optional(),
  dispute_outcome: z.object({ outcome_code: z.string().optional() }).optional(),
  dispute_life_cycle_stage: z.string().optional(),
  disputed_transactions: z
    .array(z.object({ seller_transaction_id: z.string().optional(), custom: z.string().optional() }))
    .optional(),
})
export type PayPalDispute = z.output<typeof disputeSchema>
export const disputesSchema = z.object({ items: z.array(disputeSchema).optional() })
/** A line of the list of all: whose dispute it is only the dispute itself says. */
export const listedDisputeSchema = z.looseObject({ dispute_id: idSchema, status: z.string().optional() })
export type ListedDispute = z.output<typeof listedDisputeSchema>
export const listedSchema = z.object({
  items: z.array(listedDisputeSchema).optional(),
  links: z.array(z.looseObject({ rel: z.string(), href: z.string().max(4_096) })).optional(),
})

export const transactionInfoSchema = z.object({
  transaction_id: z.string(),
  paypal_reference_id: z.string().optional(),
  transaction_event_code: z.string().optional(),
  transaction_initiation_date: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
  transaction_amount: amountSchema,
  fee_amount: amountSchema.optional(),
  transaction_status: z.string().optional(),
  custom_field: z.string().optional(),
  invoice_id: z.string().optional(),
})
export type PayPalTransaction = z.output<typeof transactionInfoSchema>
const transactionSchema = z.object({ transaction_info: transactionInfoSchema })
export const transactionsSchema = z.object({
  transaction_details: z.array(transactionSchema).optional(),
  page: z.int().optional(),
  total_pages: z.int().optional(),
})

/** What PayPal answers of an order or a dispute that it does not have (any more). */
export const gone = new Set(['RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID'])

const errorSchema = z.object({
  name: z.string().optional(),
  error: z.string().optional(),
  details: z.array(z.object({ issue: z.string() })).optional(),
})

/** The issue says more than the name: `REFUND_AMOUNT_EXCEEDED` rather than `UNPROCESSABLE_ENTITY`. */
export const issueOf = (answer: HttpAnswer): string | undefined => {
  const read = errorSchema.safeParse(jsonIn(answer))
  return read.success ? (read.data.details?.[0]?.issue ?? read.data.name ?? read.data.error) : undefined
}

/** Not a refusal: the first try is still under way. */
const pendingIssue = 'PREVIOUS_REQUEST_IN_PROGRESS'

export const refused = (answer: HttpAnswer): never => {
  if (answer.status === 401) throw notDone('refused', 'credentials')
  const issue = issueOf(answer)
  // In nobody's words it is a gateway's, which does not know what PayPal did.
  if (issue === undefined) throw notDone('unknown', `http-${answer.status}`)
  throw notDone(issue === pendingIssue ? 'unknown' : 'refused', issue)
}

/** @throws NotDoneError `refused` with PayPal's issue, `unknown` for what can't be read */
export const dataOf = <Data extends z.ZodType>(schema: Data, answer: HttpAnswer): z.output<Data> => {
  if (answer.status >= 300) refused(answer)
  const read = schema.safeParse(jsonOf(answer))
  if (!read.success) throw notDone('unknown', 'answer-unreadable')
  return read.data
}
