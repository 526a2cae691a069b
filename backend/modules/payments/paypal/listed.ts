import type { Instant } from '#protocol/ids.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { jsonIn, NotDoneError } from '../http-call.ts'
import { type Changes, ownPollHeader, type RawMessage, type Read, type Recent } from '../provider.ts'
import { paymentOf } from '../references.ts'
import {
  gone,
  type ListedDispute,
  listedDisputeSchema,
  type PayPalDispute,
  type PayPalTransaction,
  transactionInfoSchema,
} from './answers.ts'
import type { PayPalClient } from './client.ts'

/** Lines of PayPal's own lists as messages, and whose they are: without webhooks nothing else tells of them. */

export const disputeChanges = async (
  paypal: PayPalClient,
  asked: Parameters<PayPalClient['disputesUpdated']>[0],
  now: () => Instant,
  signal: AbortSignal,
): Promise<Changes> => {
  const { items, more, asOf } = await paypal.disputesUpdated(asked, signal)
  // Their links say what may be done, and not what happened.
  const lines = items.map(({ links: _links, ...line }: ListedDispute) => line)
  return { is: 'changes', messages: lines.map((line) => messageOf(line, now())), more, asOf }
}

const refundCode = 'T1107'
/** Its search shows what is three hours old; two looks fall into the rest. */
const recentMs = 6 * 3_600_000

export const recentRefunds = async (paypal: PayPalClient, now: Instant, signal: AbortSignal): Promise<Recent> => {
  const lines = await paypal.transactions(now - recentMs, now, signal, refundCode)
  return { is: 'recent', messages: lines.map((line) => messageOf(line, now)) }
}

const messageOf = (line: object, receivedAt: Instant): RawMessage => ({
  receivedAt,
  body: utf8(JSON.stringify(line)),
  headers: { 'content-type': 'application/json', [ownPollHeader]: '1' },
})

type Line = { readonly dispute: string } | { readonly transaction: PayPalTransaction } | undefined
const lineIn = ({ body }: Pick<RawMessage, 'body'>): Line => {
  const content = jsonIn({ body })
  const dispute = listedDisputeSchema.safeParse(content)
  if (dispute.success) return { dispute: dispute.data.dispute_id }
  const transaction = transactionInfoSchema.safeParse(content)
  return transaction.success ? { transaction: transaction.data } : undefined
}

/** The same line is one message, however often it is listed; what has changed is another one. */
export const listedId = (message: RawMessage): string => {
  const digest = toBase64url(sha256(message.body)).slice(0, 22)
  const line = lineIn(message)
  if (!line) return digest
  const id = 'dispute' in line ? line.dispute : line.transaction.transaction_id
  return /^[\x21-\x7e]{1,64}$/.test(id) ? `${'dispute' in line ? 'dispute' : 'transaction'}:${id}/${digest}` : digest
}

/** What is listed and has no page of its own for so long is none. */
const patienceMs = 3_600_000

/** Asks for what a line is about: what the list says of it is a hint. */
export const readListed = async (
  client: () => PayPalClient,
  message: RawMessage,
  now: () => Instant,
  signal: AbortSignal,
): Promise<Read> => {
  const line = lineIn(message)
  if (!line) return { is: 'irrelevant', code: 'unreadable' }
  try {
    const paypal = client()
    return 'dispute' in line
      ? await whoseDispute(paypal, await paypal.dispute(line.dispute, signal), signal)
      : await whoseRefund(paypal, line.transaction, signal)
  } catch (thrown) {
    signal.throwIfAborted()
    const code = thrown instanceof NotDoneError ? thrown.notDone.code : 'unexpected'
    const lost = gone.has(code) && now() > message.receivedAt + patienceMs
    return lost ? { is: 'irrelevant', code: 'not-confirmed' } : { is: 'later', code }
  }
}

const notOurs = { is: 'irrelevant', code: 'not-ours' } as const

const whoseDispute = async (
  paypal: PayPalClient,
  { dispute_id: dispute, disputed_transactions: disputed = [] }: PayPalDispute,
  signal: AbortSignal,
): Promise<Read> => {
  for (const { custom, seller_transaction_id: capture } of disputed) {
    const payment = await marked(paypal, custom, capture, signal)
    if (payment !== null) return { is: 'about', payment, reference: null, proof: 'own-poll', dispute }
  }
  return notOurs
}
const whoseRefund = async (
  paypal: PayPalClient,
  { custom_field: custom, paypal_reference_id: capture }: PayPalTransaction,
  signal: AbortSignal,
): Promise<Read> => {
  const payment = await marked(paypal, custom, capture, signal)
  return payment === null ? notOurs : { is: 'about', payment, reference: null, proof: 'own-poll' }
}

/** Our mark is on each of our orders; where a line does not repeat it, its capture does. */
const marked = async (
  paypal: PayPalClient,
  mark: string | undefined,
  capture: string | undefined,
  signal: AbortSignal,
): Promise<PaymentId | null> => {
  if (mark) return paymentOf(mark.split(':')[0])
  if (!capture) return null
  try {
    return paymentOf((await paypal.capture(capture, signal)).custom_id)
  } catch (thrown) {
    if (thrown instanceof NotDoneError && gone.has(thrown.notDone.code)) return null
    throw thrown
  }
}
