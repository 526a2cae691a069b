import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { jsonIn, NotDoneError } from '../http-call.ts'
import { type Changes, ownPollHeader, type ProviderHost, type RawMessage, type Read } from '../provider.ts'
import { paymentOf } from '../references.ts'
import { gone, type ListedDispute, listedDisputeSchema, type PayPalClient, type PayPalDispute } from './client.ts'

/** PayPal's list of disputes as messages, and whose they are: without webhooks nothing else tells of them. */

export const disputeChanges = async (
  paypal: PayPalClient,
  asked: Parameters<PayPalClient['disputesUpdated']>[0],
  host: Pick<ProviderHost, 'now'>,
  signal: AbortSignal,
): Promise<Changes> => {
  const { items, more, asOf } = await paypal.disputesUpdated(asked, signal)
  return { is: 'changes', messages: items.map((item) => messageOf(item, host.now())), more, asOf }
}

/** As it was listed, without the links, which say what may be done and not what happened. */
const messageOf = ({ links: _links, ...item }: ListedDispute, receivedAt: number): RawMessage => ({
  receivedAt,
  body: utf8(JSON.stringify(item)),
  headers: { 'content-type': 'application/json', [ownPollHeader]: '1' },
})

/** The same line is one message, however often it is listed; what has changed is another one. */
export const listedId = ({ body }: RawMessage): string => {
  const digest = toBase64url(sha256(body)).slice(0, 22)
  const item = listedDisputeSchema.safeParse(jsonIn({ body }))
  return item.success && /^[\x21-\x7e]{1,64}$/.test(item.data.dispute_id)
    ? `dispute:${item.data.dispute_id}/${digest}`
    : digest
}

/** What is listed and has no page of its own for so long is none. */
const patienceMs = 3_600_000

/** Asks for the dispute itself: what the list says of it is a hint. */
export const readListed = async (
  client: () => PayPalClient,
  message: RawMessage,
  { now }: Pick<ProviderHost, 'now'>,
  signal: AbortSignal,
): Promise<Read> => {
  const item = listedDisputeSchema.safeParse(jsonIn(message))
  if (!item.success) return { is: 'irrelevant', code: 'unreadable' }
  try {
    const paypal = client()
    return await whoseDispute(paypal, await paypal.dispute(item.data.dispute_id, signal), signal)
  } catch (thrown) {
    signal.throwIfAborted()
    const code = thrown instanceof NotDoneError ? thrown.notDone.code : 'unexpected'
    const lost = gone.has(code) && now() > message.receivedAt + patienceMs
    return lost ? { is: 'irrelevant', code: 'not-confirmed' } : { is: 'later', code }
  }
}

/** Our mark is on each of our orders; where the dispute does not repeat it, its capture does. */
const whoseDispute = async (
  paypal: PayPalClient,
  { dispute_id: dispute, disputed_transactions: disputed = [] }: PayPalDispute,
  signal: AbortSignal,
): Promise<Read> => {
  const about = { is: 'about', reference: null, proof: 'own-poll', dispute } as const
  for (const { custom, seller_transaction_id: id } of disputed) {
    const payment = paymentOf(custom?.split(':')[0])
    if (payment !== null) return { ...about, payment }
    if (custom || !id) continue
    const capture = await paypal.capture(id, signal).catch((thrown: unknown) => {
      if (thrown instanceof NotDoneError && gone.has(thrown.notDone.code)) return undefined
      throw thrown
    })
    const marked = paymentOf(capture?.custom_id)
    if (marked !== null) return { ...about, payment: marked }
  }
  return { is: 'irrelevant', code: 'not-ours' }
}
