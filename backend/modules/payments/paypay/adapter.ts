import { z } from 'zod'
import type { Money } from '#protocol/money.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'
import { oversizedHeader } from '../../../kernel/inbox.ts'
import { mayCall } from '../address.ts'
import { type CallerOptions, jsonIn, NotDoneError, notDone, settled } from '../http-call.ts'
import type {
  Call,
  CancelOrder,
  CreateProvider,
  PaymentRef,
  Provider,
  ProviderHealth,
  ProviderHost,
  ProviderSettings,
  Read,
  Snapshot,
  Statement,
  StatementLine,
} from '../provider.ts'
import { actOf, paymentOf } from '../references.ts'
import {
  createPayPayClient,
  type PayPayCapture,
  type PayPayClient,
  type PayPayDetails,
  type PayPayRefund,
} from './client.ts'
import { readStatementFile } from './statement-file.ts'

/**
 * PayPay behind the port. Our payment id is its `merchantPaymentId`, an act's id names a refund or capture; it answers a
 * repeated id with the result that it had. Its webhooks are not signed and it sends none for refunds and cancellations, so
 * everything is asked for.
 */
export const createPayPay =
  (limits?: CallerOptions['limits']): CreateProvider =>
  (settings, host) => {
    const files = new Map<string, string>()
    const client = clientFor(settings, host, limits)
    const asked = <T>({ signal }: Call, work: (client: PayPayClient) => Promise<T>) =>
      settled(signal, () => work(client()))
    const accepted = { is: 'accepted' } as const
    return {
      name: 'paypay',
      create: ({ payment, amount, title, intent }, call) =>
        asked(call, async (paypay) => {
          const web = settings.values['returnAddress']
          const yen = yenOf(amount)
          const code = { merchantPaymentId: payment, yen, description: title, authorise: intent === 'authorise' }
          const { codeId, url, expiryDate } = await paypay.createCode({ ...code, redirectUrl: web }, call.signal)
          return { is: 'created', reference: codeId, url, expiresAt: expiryDate * 1000 }
        }),
      lookup: async (ref, call) => {
        const looked = await asked(call, async (paypay) => {
          const details = await withRefunds(paypay, await paypay.details(ref.payment, call.signal), call.signal)
          return { is: 'found', snapshot: snapshotOf(details, ref) } as const
        })
        return looked.is === 'refused' && looked.code === 'DYNAMIC_QR_PAYMENT_NOT_FOUND' ? { is: 'absent' } : looked
      },
      capture: ({ act, payment, amount }, call) =>
        asked(call, async (paypay) => {
          const capture = { merchantPaymentId: payment, merchantCaptureId: act, description: payment }
          await paypay.capture({ ...capture, yen: yenOf(amount) }, call.signal)
          return accepted
        }),
      cancel: (order, call) =>
        asked(call, async (paypay) => {
          await cancel(paypay, order, call.signal)
          return accepted
        }),
      refund: ({ act, capture, amount }, call) =>
        asked(call, async (paypay) => {
          const refund = { merchantRefundId: act, paymentId: payPayIdOf(capture), yen: yenOf(amount) }
          const { status } = await paypay.refund(refund, call.signal)
          if (status === 'FAILED') throw notDone('refused', 'refund-failed')
          return accepted
        }),
      messageId: messageIdOf,
      read: async ({ body, headers }) =>
        headers[oversizedHeader] === undefined
          ? readMessage(body, settings, files)
          : { is: 'forged', code: 'too-large' },
      statement: (day, call) =>
        asked(call, async (paypay): Promise<Statement> => {
          const address = files.get(day)
          if (address === undefined) return { is: 'not-yet' }
          const lines = readStatementFile(await paypay.reconciliation(address, call.signal))
          if (lines === null) throw notDone('refused', 'statement-unreadable')
          return { is: 'statement', lines: each(lines) }
        }),
      health: async (call): Promise<ProviderHealth> => {
        const begun = performance.now()
        const answer = await asked(call, async (paypay) => {
          await paypay.details('connection-test', call.signal)
          return null
        })
        const latencyMs = Math.round(performance.now() - begun)
        // It knows no such payment, and had to know our key to say so.
        const knows = answer === null || (answer.is === 'refused' && answer.code === 'DYNAMIC_QR_PAYMENT_NOT_FOUND')
        const account = settings.values['merchantId'] ?? null
        return knows ? { is: 'up', latencyMs, account } : { is: 'down', code: answer.code }
      },
    } satisfies Provider
  }

/** Made when it is first asked: keys may be set later, and another key is another client. */
const clientFor = (
  settings: ProviderSettings,
  { now, watch }: ProviderHost,
  limits: CallerOptions['limits'],
): (() => PayPayClient) => {
  let made: { readonly of: string; readonly client: PayPayClient } | undefined
  return () => {
    const key = settings.secret('apiKey')
    const secret = settings.secret('apiSecret')
    const merchantId = settings.values['merchantId']
    if (!key || !secret || !merchantId) throw notDone('refused', 'not-configured')
    if (!mayCall(settings.baseAddress)) throw notDone('refused', 'address-unsafe')
    const of = JSON.stringify([key, secret])
    if (made?.of !== of) {
      const client = createPayPayClient(
        { baseUrl: settings.baseAddress, merchantId, key, secret },
        { now, limits, watch },
      )
      made = { of, client }
    }
    return made.client
  }
}

/** @throws NotDoneError: PayPay has nothing but yen */
const yenOf = ({ currency, minor }: Money): bigint => {
  if (currency !== 'JPY' || minor <= 0n || minor > 99_999_999_999n) throw notDone('refused', 'amount-unusable')
  return minor
}
const money = (yen: number): Money => ({ currency: 'JPY', minor: BigInt(yen) })

const cancel = async (
  paypay: PayPayClient,
  { of, id, act, payment, reference }: CancelOrder,
  signal: AbortSignal,
): Promise<void> => {
  if (of === 'capture') return paypay.cancel(payment, signal)
  if (of === 'authorisation') {
    return paypay.revert({ merchantRevertId: act, paymentId: id ?? reference ?? '' }, signal)
  }
  if (reference === null) throw notDone('refused', 'code-unknown')
  try {
    await paypay.deleteCode(reference, signal)
  } catch (thrown) {
    // Gone already, which is what was wanted.
    const gone = thrown instanceof NotDoneError && thrown.notDone.code === 'DYNAMIC_QR_NOT_FOUND'
    if (!gone) throw thrown
  }
}

/** What is still under way is asked for by its own call: the payment's details are slow to know of it. */
const withRefunds = async (
  paypay: PayPayClient,
  details: PayPayDetails,
  signal: AbortSignal,
): Promise<PayPayDetails> => {
  const refunds = details.refunds?.data ?? []
  if (refunds.every(({ status }) => status !== 'CREATED')) return details
  const asked = refunds.map((refund) =>
    refund.status === 'CREATED' ? paypay.refundDetails(refund.merchantRefundId, refund.paymentId, signal) : refund,
  )
  return { ...details, refunds: { data: await Promise.all(asked) } }
}

/** An id of ours that leads back to PayPay's: it refunds payments, whichever capture it was. */
const captureId = (paymentId: string, merchantCaptureId: string): string => `${paymentId}:${merchantCaptureId}`
const payPayIdOf = (capture: string): string => capture.split(':')[0] ?? capture

const states: Readonly<Record<PayPayDetails['status'], Snapshot['state']>> = {
  CREATED: 'open',
  AUTHORIZED: 'authorised',
  REAUTHORIZING: 'processing',
  COMPLETED: 'captured',
  REFUNDED: 'captured',
  FAILED: 'failed',
  CANCELED: 'cancelled',
  EXPIRED: 'expired',
}

/** @throws NotDoneError when it says that something was paid, and not what */
const snapshotOf = (details: PayPayDetails, { payment, reference, orderedAt, reserves }: PaymentRef): Snapshot => {
  const { status, paymentId } = details
  const at = details.acceptedAt ? details.acceptedAt * 1000 : orderedAt
  const paid = paymentId ?? null
  const state = states[status]
  if (!details.amount || (paid === null && ['captured', 'authorised'].includes(state))) {
    throw notDone('unknown', 'answer-incomplete')
  }
  const amount = money(details.amount.amount)
  const captures = capturesOf(details, { amount, at, reserves: reserves ?? false })
  return {
    reference: paid ?? reference ?? payment,
    payment: paymentOf(details.merchantPaymentId),
    amount,
    state,
    authorisation: state === 'authorised' && paid !== null ? { id: paid, amount, at, expiresAt: null } : null,
    captures,
    refunds: [...(details.refunds?.data ?? []).map((one) => refundOf(one, at)), ...cancellationOf(details, captures)],
    disputes: [],
    payer: null,
  }
}

const capturesOf = (
  { status, paymentId, acceptedAt, captures, revert }: PayPayDetails,
  { amount, at, reserves }: { readonly amount: Money; readonly at: number; readonly reserves: boolean },
): Snapshot['captures'] => {
  if (!paymentId) return []
  const taken = captures?.data ?? []
  if (taken.length > 0) {
    return taken.filter(isTaken).map((one) => ({
      id: captureId(paymentId, one.merchantCaptureId),
      amount: money(one.amount.amount),
      fee: null,
      at: one.acceptedAt ? one.acceptedAt * 1000 : at,
    }))
  }
  // Without a reservation the payment itself is the capture; a cancelled one had been one, unless it was only scanned or
  // only reserved.
  const cancelled = status === 'CANCELED' && Boolean(acceptedAt) && !revert && !reserves
  const moved = status === 'COMPLETED' || status === 'REFUNDED' || cancelled
  return moved ? [{ id: paymentId, amount, fee: null, at }] : []
}

/** `USER_REQUESTED` waits for the buyer's word, and is no money before it; of one without a state its time tells. */
const isTaken = ({ status, acceptedAt }: PayPayCapture): boolean =>
  status === 'COMPLETED' || (status == null && acceptedAt != null)

const refundOf = (refund: PayPayRefund, at: number): Snapshot['refunds'][number] => ({
  id: refund.merchantRefundId,
  act: actOf(refund.merchantRefundId),
  amount: money(refund.amount.amount),
  feeBack: null,
  state: refund.status === 'REFUNDED' ? 'done' : refund.status === 'FAILED' ? 'failed' : 'pending',
  at: refund.acceptedAt ? refund.acceptedAt * 1000 : at,
})

/** PayPay gives a cancellation neither an id nor a time. */
const cancellationOf = (
  { status, paymentId, refunds }: PayPayDetails,
  captures: Snapshot['captures'],
): Snapshot['refunds'] => {
  const [capture] = captures
  // What it lists itself is not made up a second time; a refund that failed gave nothing back.
  const listed = (refunds?.data ?? []).some((one) => one.status !== 'FAILED')
  if (status !== 'CANCELED' || !capture || !paymentId || listed) return []
  const { amount, at } = capture
  return [{ id: `${paymentId}:cancelled`, act: null, amount, feeBack: null, state: 'done', at }]
}

const text = z.string().max(255)
const transactionSchema = z.object({
  notification_type: z.literal('Transaction'),
  /** PayPay's own id of the payment. */
  order_id: text.min(1),
  /** Ours; empty for reservations. */
  merchant_order_id: text.nullish(),
  state: text.min(1),
  paid_at: text.nullish(),
  authorized_at: text.nullish(),
  reauth_request_id: text.nullish(),
})
const fileSchema = z.object({
  notification_type: z.literal('file.created'),
  notification_id: text.min(1),
  fileType: text,
  path: z.string().max(4_096),
  requestedAt: z.union([text, z.int()]).nullish(),
})

const digest = (...parts: readonly string[]): string => toBase64url(sha256(Buffer.from(JSON.stringify(parts))))

/** It has no event id: what an event is about, and all of what came, since nothing of it is signed. */
const messageIdOf: Provider['messageId'] = ({ body }) => {
  const transaction = transactionSchema.safeParse(jsonIn({ body }))
  if (!transaction.success) return toBase64url(sha256(body))
  const { order_id, state, paid_at, authorized_at, reauth_request_id } = transaction.data
  return digest(order_id, state, paid_at ?? '', authorized_at ?? '', reauth_request_id ?? '')
}

const readMessage = (body: Uint8Array, settings: ProviderSettings, files: Map<string, string>): Read => {
  const content = jsonIn({ body })
  const transaction = transactionSchema.safeParse(content)
  if (transaction.success) {
    const { merchant_order_id, order_id } = transaction.data
    const payment = paymentOf(merchant_order_id)
    // Not one of ours: the shop's other tills share the merchant's account.
    if (merchant_order_id && payment === null) return { is: 'irrelevant', code: 'not-ours' }
    return { is: 'about', payment, reference: order_id, proof: 'none' }
  }
  const file = fileSchema.safeParse(content)
  if (!file.success) return { is: 'forged', code: 'unreadable' }
  const { path, fileType, requestedAt } = file.data
  const day = fileType === 'transaction_recon' ? dayBefore(requestedAt) : undefined
  if (day === undefined) return { is: 'irrelevant', code: 'other-file' }
  // Nobody signed this address: only where the settings say that PayPay keeps its files.
  const origins = (settings.values['fileOrigins'] ?? '').split(/[\s,]+/)
  if (!mayCall(path) || !origins.includes(new URL(path).origin)) return { is: 'forged', code: 'file-address' }
  files.set(day, path)
  for (const oldest of [...files.keys()].sort().slice(0, -8)) files.delete(oldest)
  return { is: 'irrelevant', code: 'statement-file' }
}

const dayMs = 86_400_000
const japanMs = 9 * 3_600_000

/** A file that is made in the night is about the day that has ended in Japan. */
const dayBefore = (at: string | number | null | undefined): string | undefined => {
  const made = typeof at === 'number' ? at * 1000 : Date.parse(at ?? '')
  return Number.isNaN(made) ? undefined : new Date(made + japanMs - dayMs).toISOString().slice(0, 10)
}

async function* each(lines: readonly StatementLine[]): AsyncGenerator<StatementLine> {
  yield* lines
}
