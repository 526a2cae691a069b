import type { z } from 'zod'
import type { Instant } from '#protocol/ids.ts'
import { utf8 } from '#trust/bytes.ts'
import { type CallerOptions, createCaller, type HttpAnswer, NotDoneError, notDone } from '../http-call.ts'
import type { Stretch } from '../provider.ts'
import {
  captureSchema,
  dataOf,
  disputeSchema,
  disputesSchema,
  gone,
  issueOf,
  type ListedDispute,
  listedSchema,
  orderSchema,
  type PayPalCapture,
  type PayPalCurrency,
  type PayPalDispute,
  type PayPalOrder,
  type PayPalRefund,
  type PayPalTransaction,
  payPalValue,
  refundSchema,
  refused,
  transactionsSchema,
} from './answers.ts'
import { createToken, type PayPalSettings } from './token.ts'

/**
 * PayPal's Orders v2, Payments v2 and Disputes v1, as its OpenAPI documents have them. Why no SDK: decision 0090.
 * https://developer.paypal.com/api/rest/
 */

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
/** One that may not do something is fetched anew once it is so old, ms. */
const rightsMs = 10 * 60_000
const certificateBytes = 32 * 1024
const certificateLimits = { timeoutMs: 10_000, concurrent: 4, queued: 64 } as const
const mostPages = 50
/** Of disputes, the most that it gives. */
const pageSize = 50

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

const unlessGone = (thrown: unknown): undefined => {
  if (!(thrown instanceof NotDoneError) || !gone.has(thrown.notDone.code)) throw thrown
}

const isoSeconds = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
