import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { utf8 } from '#trust/bytes.ts'
import { busy, type CallerOptions, createCaller, type HttpAnswer, jsonIn, jsonOf, notDone } from '../http-call.ts'
import { authorization, type PayPayKey } from './authorization.ts'

/**
 * PayPay's Open Payment API, as its OpenAPI document of 2026-05 has it: the calls of dynamic codes and web payments.
 * https://www.paypay.ne.jp/opa/doc/jp/v1.0/dynamicqrcode
 */

export interface PayPaySettings extends PayPayKey {
  /** `https://apigw.paypay.ne.jp`, `https://apigw.sandbox.paypay.ne.jp`, or a fake's. */
  readonly baseUrl: string
  readonly merchantId: string
}

/** Ids that we give; PayPay answers one that it knows with the result that it had. */
export const merchantIdPattern = /^[A-Za-z0-9_-]{1,64}$/

const yenSchema = z.object({ amount: z.int(), currency: z.literal('JPY') })
const epochSchema = z.int().min(0)

const codeSchema = z.object({
  codeId: z.string(),
  url: z.url(),
  deeplink: z.string().optional(),
  expiryDate: epochSchema,
  merchantPaymentId: z.string(),
  amount: yenSchema,
})
export type PayPayCode = z.output<typeof codeSchema>

const refundSchema = z.object({
  status: z.enum(['CREATED', 'REFUNDED', 'FAILED']),
  acceptedAt: epochSchema.nullish(),
  merchantRefundId: z.string(),
  paymentId: z.string(),
  amount: yenSchema,
  reason: z.string().nullish(),
})
export type PayPayRefund = z.output<typeof refundSchema>

const captureSchema = z.object({
  /** `COMPLETED`; `USER_REQUESTED` while the buyer is asked to agree. */
  status: z.string().nullish(),
  acceptedAt: epochSchema.nullish(),
  merchantCaptureId: z.string(),
  amount: yenSchema,
})
export type PayPayCapture = z.output<typeof captureSchema>

export const payPayStatuses = [
  ...(['CREATED', 'AUTHORIZED', 'REAUTHORIZING', 'COMPLETED', 'REFUNDED'] as const),
  ...(['FAILED', 'CANCELED', 'EXPIRED'] as const),
] as const
const detailsSchema = z.object({
  status: z.enum(payPayStatuses),
  /** Absent until somebody has scanned the code. */
  paymentId: z.string().nullish(),
  merchantPaymentId: z.string(),
  acceptedAt: epochSchema.nullish(),
  amount: yenSchema.nullish(),
  refunds: z.object({ data: z.array(refundSchema) }).nullish(),
  captures: z.object({ data: z.array(captureSchema) }).nullish(),
  revert: z.object({ acceptedAt: epochSchema.nullish(), merchantRevertId: z.string().nullish() }).nullish(),
})
export type PayPayDetails = z.output<typeof detailsSchema>

const envelopeSchema = z.object({
  resultInfo: z.object({ code: z.string(), message: z.string().nullish(), codeId: z.string().nullish() }),
  data: z.unknown(),
})

export interface NewCode {
  readonly merchantPaymentId: string
  readonly yen: bigint
  readonly description: string
  /** Reserve the amount and take it by `capture`. */
  readonly authorise: boolean
  /** Where the buyer's browser goes after paying; a web payment rather than a code on a screen. */
  readonly redirectUrl?: string | undefined
}

/** Everything throws NotDoneError, with PayPay's own code where there is one. */
export interface PayPayClient {
  createCode(code: NewCode, signal: AbortSignal): Promise<PayPayCode>
  deleteCode(codeId: string, signal: AbortSignal): Promise<void>
  details(merchantPaymentId: string, signal: AbortSignal): Promise<PayPayDetails>
  /** Accepted only; what came of it is asked for. Until 00:14:59 of the next day in Japan. */
  cancel(merchantPaymentId: string, signal: AbortSignal): Promise<void>
  /** Accepted only: PayPay sends no webhook for a refund. */
  refund(
    refund: { merchantRefundId: string; paymentId: string; yen: bigint; reason?: string },
    signal: AbortSignal,
  ): Promise<PayPayRefund>
  refundDetails(merchantRefundId: string, paymentId: string, signal: AbortSignal): Promise<PayPayRefund>
  capture(
    capture: { merchantPaymentId: string; merchantCaptureId: string; yen: bigint; description: string },
    signal: AbortSignal,
  ): Promise<void>
  revert(revert: { merchantRevertId: string; paymentId: string }, signal: AbortSignal): Promise<void>
  /** The file of a day's transactions, Shift_JIS; the address is good for two hours. */
  reconciliation(address: string, signal: AbortSignal): Promise<Uint8Array>
}

/** Exactly this is signed and sent. */
const contentType = 'application/json'
const reconciliationBytes = 64 * 1024 * 1024

export const createPayPayClient = (
  settings: PayPaySettings,
  { now, limits, watch }: Pick<CallerOptions, 'now' | 'limits' | 'watch'>,
): PayPayClient => {
  const caller = createCaller({ provider: 'paypay', now, limits, watch, reason: resultCode, nothingDone })
  const { origin } = new URL(settings.baseUrl)
  const epoch = (): number => Math.floor(now() / 1000)

  const ask = async <Data extends z.ZodType>(
    schema: Data,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { body, query = '', signal }: { body?: object; query?: string; signal: AbortSignal },
  ): Promise<z.output<Data>> => {
    const sent = body && { bytes: utf8(JSON.stringify(body)), contentType }
    const signed = { method, path, body: sent, nonce: randomBytes(6).toString('base64url'), epoch: epoch() }
    const headers = {
      authorization: authorization(settings, signed),
      'x-assume-merchant': settings.merchantId,
      ...(sent && { 'content-type': contentType }),
    }
    const call = { method, url: `${origin}${path}${query}`, headers, body: sent?.bytes }
    return dataOf(schema, await caller.call(call, signal))
  }
  const yen = (minor: bigint) => ({ amount: Number(minor), currency: 'JPY' })
  const id = (text: string): string => {
    if (!merchantIdPattern.test(text)) throw notDone('refused', 'id-unusable')
    return text
  }

  return {
    createCode: (code, signal) => {
      const web = code.redirectUrl && { redirectUrl: code.redirectUrl, redirectType: 'WEB_LINK' }
      const body = {
        merchantPaymentId: id(code.merchantPaymentId),
        amount: yen(code.yen),
        codeType: 'ORDER_QR',
        orderDescription: code.description.slice(0, 255),
        isAuthorization: code.authorise,
        requestedAt: epoch(),
        ...web,
      }
      return ask(codeSchema, 'POST', '/v2/codes', { body, signal })
    },
    deleteCode: async (codeId, signal) => {
      await ask(z.unknown(), 'DELETE', `/v2/codes/${encodeURIComponent(codeId)}`, { signal })
    },
    details: (payment, signal) => ask(detailsSchema, 'GET', `/v2/codes/payments/${id(payment)}`, { signal }),
    cancel: async (payment, signal) => {
      await ask(z.unknown(), 'DELETE', `/v2/payments/${id(payment)}`, { signal })
    },
    refund: ({ merchantRefundId, paymentId, yen: minor, reason }, signal) => {
      const body = {
        ...{ merchantRefundId: id(merchantRefundId), paymentId, amount: yen(minor), requestedAt: epoch() },
        ...(reason && { reason: reason.slice(0, 255) }),
      }
      return ask(refundSchema, 'POST', '/v2/refunds', { body, signal })
    },
    refundDetails: (refund, paymentId, signal) => {
      const query = `?paymentId=${encodeURIComponent(paymentId)}`
      return ask(refundSchema, 'GET', `/v2/refunds/${id(refund)}`, { query, signal })
    },
    capture: async ({ merchantPaymentId, merchantCaptureId, yen: minor, description }, signal) => {
      const body = {
        ...{ merchantPaymentId: id(merchantPaymentId), merchantCaptureId: id(merchantCaptureId) },
        ...{ amount: yen(minor), requestedAt: epoch(), orderDescription: description.slice(0, 255) },
      }
      await ask(z.unknown(), 'POST', '/v2/payments/capture', { body, signal })
    },
    revert: async ({ merchantRevertId, paymentId }, signal) => {
      const body = { merchantRevertId: id(merchantRevertId), paymentId, requestedAt: epoch() }
      await ask(z.unknown(), 'POST', '/v2/payments/preauthorize/revert', { body, signal })
    },
    reconciliation: async (address, signal) => {
      const call = { method: 'GET', url: address, headers: {}, mostBytes: reconciliationBytes } as const
      const { status, body } = await caller.call(call, signal)
      if (status !== 200) throw notDone('refused', `http-${status}`)
      return body
    },
  }
}

/** PayPay's own word, whatever else the answer holds. */
const resultCode = (answer: HttpAnswer): string | undefined => {
  const read = envelopeSchema.safeParse(jsonIn(answer))
  return read.success ? read.data.resultInfo.code : undefined
}

/** A 5xx that promises that nothing happened. */
const nothingDone = new Set(['MAINTENANCE_MODE'])
/** PayPay takes one refund of a payment a minute. */
const oneAMinute = 'THROTTLED_MULTIPLE_REFUND_REJECTED'
/** The last: taken on, and the buyer is asked first. What becomes of it is seen in the payment. */
const successes = new Set(['SUCCESS', 'REQUEST_ACCEPTED', 'USER_CONFIRMATION_REQUIRED'])

/** @throws NotDoneError `refused` and `busy` with PayPay's code, `unknown` for what can't be read */
const dataOf = <Data extends z.ZodType>(schema: Data, answer: HttpAnswer): z.output<Data> => {
  const envelope = envelopeSchema.safeParse(jsonOf(answer))
  if (!envelope.success) throw notDone('unknown', 'answer-unreadable')
  const { resultInfo, data } = envelope.data
  if (resultInfo.code === oneAMinute) throw busy(oneAMinute, 60_000)
  if (answer.status >= 300) throw notDone('refused', resultInfo.code)
  if (!successes.has(resultInfo.code)) throw notDone('unknown', resultInfo.code)
  const read = schema.safeParse(data)
  if (!read.success) throw notDone('unknown', 'answer-unreadable')
  return read.data
}
