import { z } from 'zod'
import type { Instant } from '#protocol/ids.ts'
import { currencies } from '#protocol/money.ts'
import { utf8 } from '#trust/bytes.ts'
import {
  busy,
  type Caller,
  type CallerOptions,
  createCaller,
  type HttpAnswer,
  jsonIn,
  jsonOf,
  NotDoneError,
  notDone,
} from '../http-call.ts'
import type { Stretch } from '../provider.ts'

/**
 * PayPal's Orders v2, Payments v2 and Disputes v1, as its OpenAPI documents have them. Why no SDK: decision 0090.
 * https://developer.paypal.com/api/rest/
 */

export interface PayPalSettings {
  /** `https://api-m.paypal.com`, `https://api-m.sandbox.paypal.com`, or a fake's. */
  readonly baseUrl: string
  readonly clientId: string
  readonly clientSecret: string
}

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

const captureSchema = z.object({
  id: idSchema,
  status: z.enum(['COMPLETED', 'DECLINED', 'PARTIALLY_REFUNDED', 'PENDING', 'REFUNDED', 'FAILED']),
  ...moved,
  seller_receivable_breakdown: breakdownSchema.optional(),
  supplementary_data: z.object({ related_ids: z.object({ order_id: idSchema.optional() }).optional() }).optional(),
})
export type PayPalCapture = z.output<typeof captureSchema>

const refundSchema = z.object({
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

const orderSchema = z.object({
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

const disputeSchema = z.object({
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
const disputesSchema = z.object({ items: z.array(disputeSchema).optional() })
/** A line of the list of all: whose dispute it is only the dispute itself says. */
export const listedDisputeSchema = z.looseObject({ dispute_id: idSchema, status: z.string().optional() })
export type ListedDispute = z.output<typeof listedDisputeSchema>
const listedSchema = z.object({
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
const transactionsSchema = z.object({
  transaction_details: z.array(transactionSchema).optional(),
  page: z.int().optional(),
  total_pages: z.int().optional(),
})

export interface NewOrder {
  /** Ours, comes back in everything that follows. */
  readonly customId: string
  readonly currency: PayPalCurrency
  readonly minor: bigint
  readonly description: string
  readonly authorise: boolean
  readonly returnUrl?: string | undefined
  readonly cancelUrl?: string | undefined
}

/**
 * `requestId` is PayPal's idempotency key: six hours for orders, 45 days for payments. A refusal keeps PayPal's own issue as
 * its code; everything else throws NotDoneError, too.
 */
export interface PayPalClient {
  createOrder(order: NewOrder, requestId: string, signal: AbortSignal): Promise<PayPalOrder>
  order(id: string, signal: AbortSignal): Promise<PayPalOrder>
  captureOrder(id: string, requestId: string, signal: AbortSignal): Promise<PayPalOrder>
  authoriseOrder(id: string, requestId: string, signal: AbortSignal): Promise<PayPalOrder>
  captureAuthorisation(
    id: string,
    amount: { readonly currency: PayPalCurrency; readonly minor: bigint },
    requestId: string,
    signal: AbortSignal,
  ): Promise<PayPalCapture>
  voidAuthorisation(id: string, requestId: string, signal: AbortSignal): Promise<void>
  refund(
    captureId: string,
    refund: { readonly currency: PayPalCurrency; readonly minor: bigint; readonly customId: string },
    requestId: string,
    signal: AbortSignal,
  ): Promise<PayPalRefund>
  /** Of one capture; `told` is looked at by itself, which the list may show later. */
  disputes(captureId: string, told: string | undefined, signal: AbortSignal): Promise<readonly PayPalDispute[]>
  dispute(id: string, signal: AbortSignal): Promise<PayPalDispute>
  /** Of all captures, by the time of their last change; one page, or all with `whole`. */
  disputesUpdated(
    asked: Stretch & { readonly whole: boolean },
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly ListedDispute[]; readonly more: boolean; readonly asOf: Instant }>
  capture(id: string, signal: AbortSignal): Promise<PayPalCapture>
  /** Of at most 31 days; three hours behind. `code`: of these alone. */
  transactions(from: Instant, to: Instant, signal: AbortSignal, code?: string): Promise<readonly PayPalTransaction[]>
  /** Whether our keys are good. */
  signIn(signal: AbortSignal): Promise<void>
  /** The PEM at an address that was checked by certificateAddress. @throws NotDoneError `refused`: nothing lies there */
  certificates(address: string, signal: AbortSignal): Promise<string>
}

const contentType = 'application/json'
/** A token is fetched anew this long before its end, ms. */
const tokenReserveMs = 60_000
/** One that may not do something is fetched anew once it is so old, ms. */
const rightsMs = 10 * 60_000
const certificateBytes = 32 * 1024
const certificateLimits = { timeoutMs: 10_000, concurrent: 4, queued: 64 } as const
const mostPages = 50
/** Of disputes, the most that it gives. */
const pageSize = 50

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.int().min(0) })

interface Asked {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  readonly requestId?: string
  readonly signal: AbortSignal
}

export const createPayPalClient = (
  settings: PayPalSettings,
  { now, limits, watch }: Pick<CallerOptions, 'now' | 'limits' | 'watch'>,
): PayPalClient => {
  const caller = createCaller({ provider: 'paypal', now, limits, watch, reason: issueOf })
  // Strangers make us ask for certificates: whatever comes of that keeps nobody's money waiting.
  const certificates = createCaller({
    provider: 'paypal-certificates',
    now,
    limits: { ...certificateLimits, ...limits },
  })
  const { origin } = new URL(settings.baseUrl)
  const token = createToken(settings, origin, caller, now)

  const send = async ({ method = 'GET', path, body, requestId, signal }: Asked): Promise<HttpAnswer> => {
    const attempt = async (bearer: string): Promise<HttpAnswer> => {
      const headers = {
        authorization: `Bearer ${bearer}`,
        ...(method === 'POST' && { 'content-type': contentType, prefer: 'return=representation' }),
        ...(requestId && { 'paypal-request-id': requestId }),
      }
      const sent = method === 'POST' ? utf8(JSON.stringify(body ?? {})) : undefined
      return caller.call({ method, url: `${origin}${path}`, headers, body: sent }, signal)
    }
    const bearer = await token.get(signal)
    const answer = await attempt(bearer)
    // It may do what the app might do when it was made: a new one has the rights that were given since.
    if (answer.status === 403) token.forget(bearer, rightsMs)
    if (answer.status !== 401) return answer
    // Ended early, as when the secret was changed: one more try with a new one.
    token.forget(bearer)
    return attempt(await token.get(signal))
  }
  const ask = async <Data extends z.ZodType>(schema: Data, asked: Asked): Promise<z.output<Data>> =>
    dataOf(schema, await send(asked))
  const amountOf = ({ currency, minor }: { currency: PayPalCurrency; minor: bigint }) => ({
    currency_code: currency,
    value: payPalValue(currency, minor),
  })
  const at = (id: string): string => encodeURIComponent(id)
  const dispute = (id: string, signal: AbortSignal): Promise<PayPalDispute> =>
    ask(disputeSchema, { path: `/v1/customer/disputes/${at(id)}`, signal })

  return {
    createOrder: (order, requestId, signal) => {
      const experience = {
        user_action: 'PAY_NOW',
        shipping_preference: 'NO_SHIPPING',
        ...(order.returnUrl && { return_url: order.returnUrl }),
        ...(order.cancelUrl && { cancel_url: order.cancelUrl }),
      }
      const unit = {
        custom_id: order.customId,
        invoice_id: order.customId,
        description: order.description.slice(0, 127),
        amount: amountOf(order),
      }
      const body = {
        intent: order.authorise ? 'AUTHORIZE' : 'CAPTURE',
        purchase_units: [unit],
        payment_source: { paypal: { experience_context: experience } },
      }
      return ask(orderSchema, { method: 'POST', path: '/v2/checkout/orders', body, requestId, signal })
    },
    order: (id, signal) => ask(orderSchema, { path: `/v2/checkout/orders/${at(id)}`, signal }),
    captureOrder: (id, requestId, signal) =>
      ask(orderSchema, { method: 'POST', path: `/v2/checkout/orders/${at(id)}/capture`, requestId, signal }),
    authoriseOrder: (id, requestId, signal) =>
      ask(orderSchema, { method: 'POST', path: `/v2/checkout/orders/${at(id)}/authorize`, requestId, signal }),
    captureAuthorisation: (id, amount, requestId, signal) => {
      const body = { amount: amountOf(amount), final_capture: true }
      return ask(captureSchema, {
        method: 'POST',
        path: `/v2/payments/authorizations/${at(id)}/capture`,
        body,
        requestId,
        signal,
      })
    },
    voidAuthorisation: async (id, requestId, signal) => {
      const answer = await send({
        method: 'POST',
        path: `/v2/payments/authorizations/${at(id)}/void`,
        requestId,
        signal,
      })
      if (answer.status >= 300) refused(answer)
    },
    refund: (captureId, refund, requestId, signal) => {
      const body = { amount: amountOf(refund), custom_id: refund.customId }
      return ask(refundSchema, {
        method: 'POST',
        path: `/v2/payments/captures/${at(captureId)}/refund`,
        body,
        requestId,
        signal,
      })
    },
    disputes: async (captureId, told, signal) => {
      const path = `/v1/customer/disputes?disputed_transaction_id=${at(captureId)}`
      const { items = [] } = await ask(disputesSchema, { path, signal })
      const others = items.filter(({ dispute_id }) => dispute_id !== told)
      const [own, ...listed] = await Promise.all([
        told === undefined ? undefined : dispute(told, signal).catch(unlessGone),
        // The list knows no outcomes.
        ...others.map((item) => (item.status === 'RESOLVED' ? dispute(item.dispute_id, signal) : item)),
      ])
      const isOurs = own?.disputed_transactions?.some((one) => one.seller_transaction_id === captureId)
      return [...listed.filter((one) => one !== undefined), ...(own && isOurs ? [own] : [])]
    },
    dispute,
    disputesUpdated: async ({ after, before, whole }, signal) => {
      const items: ListedDispute[] = []
      let asOf: Instant | undefined
      let query: string | undefined = listQuery(after, before)
      for (let page = 0; query !== undefined && page < (whole ? mostPages : 1); page++) {
        const answer: HttpAnswer = await send({ path: `/v1/customer/disputes?${query}`, signal })
        asOf ??= timeOf(answer) ?? now()
        const { items: listed = [], links = [] } = dataOf(listedSchema, answer)
        items.push(...listed)
        query = nextQuery(links, origin)
      }
      const full = !whole && items.length >= pageSize
      return { items, more: query !== undefined || full, asOf: asOf ?? now() }
    },
    capture: (id, signal) => ask(captureSchema, { path: `/v2/payments/captures/${at(id)}`, signal }),
    transactions: async (from, to, signal, code) => {
      const found: PayPalTransaction[] = []
      const only = code === undefined ? '' : `&transaction_type=${at(code)}`
      const dates = `start_date=${isoSeconds(from)}&end_date=${isoSeconds(to)}${only}`
      for (let page = 1; page <= mostPages; page++) {
        const path = `/v1/reporting/transactions?${dates}&fields=transaction_info&page_size=500&page=${page}`
        const { transaction_details = [], total_pages = 1 } = await ask(transactionsSchema, { path, signal })
        // A part of a day would make differences of all that it lacks.
        if (total_pages > mostPages) throw notDone('refused', 'statement-too-large')
        found.push(...transaction_details.map(({ transaction_info }) => transaction_info))
        if (page >= total_pages) break
      }
      return found
    },
    signIn: async (signal) => {
      await token.get(signal)
    },
    certificates: async (address, signal) => {
      const { status, body } = await certificates.call(
        { method: 'GET', url: address, headers: {}, mostBytes: certificateBytes },
        signal,
      )
      if (status === 404 || status === 410) throw notDone('refused', `http-${status}`)
      if (status !== 200) throw notDone('unknown', `http-${status}`)
      return new TextDecoder().decode(body)
    },
  }
}

const listQuery = (after: Instant | null, before: Instant | null): string => {
  const query = new URLSearchParams({ page_size: String(pageSize) })
  if (after !== null) query.set('update_time_after', new Date(after).toISOString())
  if (before !== null) query.set('update_time_before', new Date(before).toISOString())
  return query.toString()
}
/** What its link to the next page asks for; where that leads is not its to say, as our token goes along. */
const nextQuery = (links: readonly { readonly rel: string; readonly href: string }[], origin: string) => {
  const href = links.find(({ rel }) => rel === 'next')?.href
  if (href === undefined) return undefined
  const query = URL.parse(href, origin)?.searchParams.toString()
  if (!query) throw notDone('unknown', 'answer-unreadable')
  return query
}
const timeOf = ({ headers }: HttpAnswer): Instant | undefined => {
  const at = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(at) ? undefined : at
}

/** What PayPal answers of an order or a dispute that it does not have (any more). */
export const gone = new Set(['RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID'])
const unlessGone = (thrown: unknown): undefined => {
  if (!(thrown instanceof NotDoneError) || !gone.has(thrown.notDone.code)) throw thrown
}

const isoSeconds = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')

interface Token {
  get(signal: AbortSignal): Promise<string>
  /** It was refused; one that is younger than `least`, ms, stays. */
  forget(bearer: string, least?: number): void
}

/** One for all calls, fetched once at a time. */
const createToken = (settings: PayPalSettings, origin: string, caller: Caller, now: () => Instant): Token => {
  let held: { readonly bearer: string; readonly from: Instant; readonly until: Instant } | undefined
  let fetching: Promise<string> | undefined
  const fetchToken = async (signal: AbortSignal): Promise<string> => {
    const basic = Buffer.from(`${settings.clientId}:${settings.clientSecret}`).toString('base64')
    const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' }
    const body = utf8('grant_type=client_credentials')
    const answer = await caller.call({ method: 'POST', url: `${origin}/v1/oauth2/token`, headers, body }, signal)
    if (answer.status === 401) throw notDone('refused', 'credentials')
    const { access_token: bearer, expires_in } = dataOf(tokenSchema, answer)
    held = { bearer, from: now(), until: now() + expires_in * 1000 - tokenReserveMs }
    return bearer
  }
  return {
    get: async (signal) => {
      if (held && now() < held.until) return held.bearer
      fetching ??= fetchToken(signal).finally(() => {
        fetching = undefined
      })
      try {
        return await fetching
      } catch (thrown) {
        signal.throwIfAborted()
        if (thrown instanceof NotDoneError && thrown.notDone.is !== 'unknown') throw thrown
        // What it was wanted for has not been sent; or who asked for it first has given up.
        throw busy(thrown instanceof NotDoneError ? thrown.notDone.code : 'token-unavailable', null, thrown)
      }
    },
    forget: (bearer, least = 0) => {
      if (held?.bearer === bearer && now() - held.from >= least) held = undefined
    },
  }
}

const errorSchema = z.object({
  name: z.string().optional(),
  error: z.string().optional(),
  details: z.array(z.object({ issue: z.string() })).optional(),
})

/** The issue says more than the name: `REFUND_AMOUNT_EXCEEDED` rather than `UNPROCESSABLE_ENTITY`. */
const issueOf = (answer: HttpAnswer): string | undefined => {
  const read = errorSchema.safeParse(jsonIn(answer))
  return read.success ? (read.data.details?.[0]?.issue ?? read.data.name ?? read.data.error) : undefined
}

/** Not a refusal: the first try is still under way. */
const pendingIssue = 'PREVIOUS_REQUEST_IN_PROGRESS'

const refused = (answer: HttpAnswer): never => {
  if (answer.status === 401) throw notDone('refused', 'credentials')
  const issue = issueOf(answer)
  // In nobody's words it is a gateway's, which does not know what PayPal did.
  if (issue === undefined) throw notDone('unknown', `http-${answer.status}`)
  throw notDone(issue === pendingIssue ? 'unknown' : 'refused', issue)
}

/** @throws NotDoneError `refused` with PayPal's issue, `unknown` for what can't be read */
const dataOf = <Data extends z.ZodType>(schema: Data, answer: HttpAnswer): z.output<Data> => {
  if (answer.status >= 300) refused(answer)
  const read = schema.safeParse(jsonOf(answer))
  if (!read.success) throw notDone('unknown', 'answer-unreadable')
  return read.data
}
