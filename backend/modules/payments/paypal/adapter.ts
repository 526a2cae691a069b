import tls from 'node:tls'
import { z } from 'zod'
import type { Money } from '#protocol/money.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { paypalWebhookEvidence } from '#trust/paypal/evidence.ts'
import { certificateAddress, type WebhookExpectation, WebhookRefused } from '#trust/paypal/webhook.ts'
import { oversizedHeader } from '../../../kernel/inbox.ts'
import { mayCall } from '../address.ts'
import { type CallerOptions, jsonIn, NotDoneError, notDone, settled } from '../http-call.ts'
import {
  type Call,
  type CreateProvider,
  ownPollHeader,
  type Provider,
  type ProviderHealth,
  type ProviderHost,
  type ProviderSettings,
  type RawMessage,
  type Read,
  type Statement,
} from '../provider.ts'
import { paymentOf } from '../references.ts'
import { gone, type PayPalCurrency, type PayPalOrder } from './answers.ts'
import { createPayPalClient, type PayPalClient } from './client.ts'
import { disputeChanges, listedId, readListed, recentRefunds } from './listed.ts'
import { refundCustomId, snapshotOf } from './snapshot.ts'
import { lineOf } from './statement.ts'

/**
 * PayPal behind the port. The reference is the order's id; our payment id is its `custom_id` and `invoice_id`, which keeps
 * a payment from being charged by two orders. An approved order is not paid before we take the money, which a look at it
 * does when the payment still waits for it: PayPal tells the buyer nothing else meanwhile.
 */
export const createPayPal =
  (options: { readonly limits?: CallerOptions['limits']; readonly roots?: readonly string[] } = {}): CreateProvider =>
  (settings, host) => {
    const client = clientFor(settings, host, options.limits)
    const certificates = new Map<string, string>()
    // Node's own list, asked for when it is needed: it is long.
    const roots = () => options.roots ?? tls.rootCertificates
    const asked = <T>({ signal }: Call, work: (client: PayPalClient) => Promise<T>) =>
      settled(signal, () => work(client()))
    const accepted = { is: 'accepted' } as const
    return {
      name: 'paypal',
      create: ({ payment, act, amount, title, intent }, call) =>
        asked(call, async (paypal) => {
          const returnUrl = settings.values['returnAddress']
          const cancelUrl = settings.values['cancelAddress'] ?? returnUrl
          const what = { ...paypalMoney(amount), description: title, authorise: intent === 'authorise' }
          const order = await paypal.createOrder({ ...what, customId: payment, returnUrl, cancelUrl }, act, call.signal)
          const url = order.links?.find(({ rel }) => rel === 'payer-action' || rel === 'approve')?.href
          if (url === undefined) throw notDone('unknown', 'answer-incomplete')
          return { is: 'created', reference: order.id, url, expiresAt: null }
        }),
      lookup: async ({ payment, reference, orderedAt, dispute }, call) => {
        // Nobody can pay an order whose link nobody has got.
        if (reference === null) return { is: 'absent' }
        const looked = await asked(call, async (paypal) => {
          const order = await taken(paypal, await paypal.order(reference, call.signal), payment, host, call.signal)
          const capture = order.purchase_units?.[0]?.payments?.captures?.[0]
          const disputes = capture ? await paypal.disputes(capture.id, dispute, call.signal) : []
          const snapshot = snapshotOf(order, disputes, orderedAt)
          if (snapshot === null) throw notDone('unknown', 'answer-incomplete')
          return { is: 'found', snapshot } as const
        })
        return looked.is === 'refused' && gone.has(looked.code) ? { is: 'absent' } : looked
      },
      capture: ({ act, authorisation, amount }, call) =>
        asked(call, async (paypal) => {
          const { status } = await paypal.captureAuthorisation(authorisation, paypalMoney(amount), act, call.signal)
          if (status === 'DECLINED' || status === 'FAILED') throw notDone('refused', `capture-${status.toLowerCase()}`)
          return accepted
        }),
      cancel: ({ act, of, id }, call) =>
        asked(call, async (paypal) => {
          // An order that nobody has approved ends by itself; what was captured is refunded.
          if (of !== 'authorisation' || id === null) throw notDone('refused', 'not-cancellable')
          await paypal.voidAuthorisation(id, act, call.signal)
          return accepted
        }),
      refund: ({ act, payment, capture, amount }, call) =>
        asked(call, async (paypal) => {
          const refund = { ...paypalMoney(amount), customId: refundCustomId(payment, act) }
          const { status } = await paypal.refund(capture, refund, act, call.signal)
          if (status === 'FAILED' || status === 'CANCELLED') throw notDone('refused', `refund-${status.toLowerCase()}`)
          return accepted
        }),
      messageId: messageIdOf,
      read: (message, call) =>
        message.headers[ownPollHeader] === undefined
          ? read(message, call, { settings, client, certificates, roots })
          : readListed(client, message, host.now, call.signal),
      changes: {
        account: accountOf(settings),
        look: (stretch, call) => asked(call, (paypal) => disputeChanges(paypal, stretch, host.now, call.signal)),
      },
      recent: (call) => asked(call, (paypal) => recentRefunds(paypal, host.now(), call.signal)),
      statement: (day, call) => asked(call, (paypal) => statement(paypal, day, host.now(), call.signal)),
      health: async (call): Promise<ProviderHealth> => {
        const begun = performance.now()
        const answer = await asked(call, async (paypal) => {
          await paypal.signIn(call.signal)
          await mayReadLists(paypal, host.now(), call.signal)
          return null
        })
        if (answer !== null) return { is: 'down', code: answer.code }
        return {
          is: 'up',
          latencyMs: Math.round(performance.now() - begun),
          account: settings.values['clientId'] ?? null,
        }
      },
    } satisfies Provider
  }

/** Without them no capture can be confirmed, and no day closed; an app is given them one by one. */
const mayReadLists = async (paypal: PayPalClient, now: number, signal: AbortSignal): Promise<void> => {
  const allowed = async (code: string, asked: Promise<unknown>): Promise<void> => {
    try {
      await asked
    } catch (thrown) {
      const missing = thrown instanceof NotDoneError && forbidden.has(thrown.notDone.code)
      throw missing ? notDone('refused', code, thrown) : thrown
    }
  }
  const minute = { after: now - 60_000, before: null, whole: false }
  await allowed('disputes-not-allowed', paypal.disputesUpdated(minute, signal))
  await allowed('search-not-allowed', recentRefunds(paypal, now, signal))
}
const forbidden = new Set(['NOT_AUTHORIZED', 'http-403'])

/** Another address or app is another's list of disputes. */
const accountOf = ({ baseAddress, values }: ProviderSettings): string =>
  toBase64url(sha256(utf8(`${baseAddress}\n${values['clientId'] ?? ''}`))).slice(0, 22)

const clientFor = (
  settings: ProviderSettings,
  { now, watch }: ProviderHost,
  limits: CallerOptions['limits'],
): (() => PayPalClient) => {
  let made: { readonly of: string; readonly client: PayPalClient } | undefined
  return () => {
    const clientId = settings.values['clientId']
    const clientSecret = settings.secret('clientSecret')
    if (!clientId || !clientSecret) throw notDone('refused', 'not-configured')
    if (!mayCall(settings.baseAddress)) throw notDone('refused', 'address-unsafe')
    if (made?.of !== clientSecret) {
      const keys = { baseUrl: settings.baseAddress, clientId, clientSecret }
      made = { of: clientSecret, client: createPayPalClient(keys, { now, limits, watch }) }
    }
    return made.client
  }
}

/** @throws NotDoneError for a currency that we don't take there */
const paypalMoney = ({ currency, minor }: Money): { readonly currency: PayPalCurrency; readonly minor: bigint } => {
  if ((currency !== 'JPY' && currency !== 'USD') || minor <= 0n) throw notDone('refused', 'amount-unusable')
  return { currency, minor }
}

/**
 * Takes the money of an order that its buyer has approved, when we still wait for just that. The key is the payment's own,
 * so that two looks at once take it once.
 */
const taken = async (
  paypal: PayPalClient,
  order: PayPalOrder,
  payment: PaymentId,
  host: ProviderHost,
  signal: AbortSignal,
): Promise<PayPalOrder> => {
  if (order.status !== 'APPROVED') return order
  const ordered = snapshotOf(order, [], 0)
  if (ordered === null || ordered.payment !== payment) return order
  if ((await host.mayPay(payment, ordered.amount)) !== 'yes') return order
  try {
    if (order.intent === 'AUTHORIZE') await paypal.authoriseOrder(order.id, `${payment}-authorise`, signal)
    else await paypal.captureOrder(order.id, `${payment}-capture`, signal)
  } catch (thrown) {
    // Declined, or taken meanwhile: the order says which.
    if (!(thrown instanceof NotDoneError) || thrown.notDone.is !== 'refused') throw thrown
  }
  return paypal.order(order.id, signal)
}

const eventSchema = z.object({
  id: z.string().min(1).max(100),
  event_type: z.string().max(100),
  resource: z.looseObject({
    id: z.string().max(100).optional(),
    custom_id: z.string().max(255).optional(),
    purchase_units: z.array(z.looseObject({ custom_id: z.string().max(255).optional() })).optional(),
    supplementary_data: z
      .looseObject({ related_ids: z.looseObject({ order_id: z.string().max(64).optional() }).optional() })
      .optional(),
    dispute_id: z.string().max(64).optional(),
    disputed_transactions: z.array(z.looseObject({ custom: z.string().max(255).optional() })).optional(),
  }),
})

/**
 * The event's id, and what it came with: what somebody makes up under the same id stands in nobody's way.
 */
const messageIdOf: Provider['messageId'] = (message) => {
  const { body, headers } = message
  if (headers[ownPollHeader] !== undefined) return listedId(message)
  const event = eventSchema.safeParse(jsonIn({ body }))
  const signature = Buffer.from(headers['paypal-transmission-sig'] ?? '')
  const rest = toBase64url(sha256(body, signature)).slice(0, 22)
  return event.success && /^[\x21-\x7e]{1,100}$/.test(event.data.id) ? `${event.data.id}/${rest}` : rest
}

interface Reading {
  readonly settings: ProviderSettings
  readonly client: () => PayPalClient
  readonly certificates: Map<string, string>
  readonly roots: () => readonly string[]
}

const keptCertificates = 16
const noCertificate = new Set(['http-404', 'http-410'])

const read = async (message: RawMessage, { signal }: Call, reading: Reading): Promise<Read> => {
  const { settings, client, certificates, roots } = reading
  const webhookId = settings.values['webhookId']
  if (!webhookId) return { is: 'later', code: 'not-configured' }
  if (message.headers[oversizedHeader] !== undefined) return { is: 'forged', code: 'too-large' }
  const expected = { ...expectationFor(settings.baseAddress), webhookId, roots: roots() }
  let evidence: Uint8Array
  try {
    const address = certificateAddress(message.headers, expected)
    const pem = certificates.get(address) ?? (await client().certificates(address, signal))
    evidence = paypalWebhookEvidence({ ...message, certificates: pem }, expected, message.receivedAt)
    // Only what has proved itself is kept: a bad answer must not stay.
    certificates.set(address, pem)
    for (const oldest of [...certificates.keys()].slice(0, -keptCertificates)) certificates.delete(oldest)
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof WebhookRefused) return { is: 'forged', code: thrown.fault }
    // PayPal has no certificate there: made up, or so old that a person has to judge it again.
    if (thrown instanceof NotDoneError && noCertificate.has(thrown.notDone.code))
      return { is: 'forged', code: 'certificate-address' }
    const code = thrown instanceof NotDoneError ? thrown.notDone.code : 'unexpected'
    return { is: 'later', code: `certificate-unavailable: ${code}` }
  }
  return about(message.body, evidence)
}

const about = (body: Uint8Array, evidence: Uint8Array): Read => {
  const event = eventSchema.safeParse(jsonIn({ body }))
  if (!event.success) return { is: 'irrelevant', code: 'unreadable' }
  const { event_type, resource } = event.data
  const custom =
    resource.custom_id ?? resource.purchase_units?.[0]?.custom_id ?? resource.disputed_transactions?.[0]?.custom
  const order = event_type.startsWith('CHECKOUT.ORDER.')
  const reference = (order ? resource.id : resource.supplementary_data?.related_ids?.order_id) ?? null
  const payment = paymentOf(custom?.split(':')[0])
  if (payment === null && reference === null) return { is: 'irrelevant', code: 'not-ours' }
  return { is: 'about', payment, reference, proof: 'signature', dispute: resource.dispute_id, evidence }
}

/** The API is at api-m, the certificates are at api; elsewhere (a fake, a relay) both are at one place. */
const expectationFor = (baseAddress: string): Pick<WebhookExpectation, 'certificateOrigin' | 'commonName'> => {
  const { protocol, host, hostname } = new URL(baseAddress)
  const prefix = 'api-m.'
  const theirs = host.startsWith(prefix) ? `api.${host.slice(prefix.length)}` : host
  const domain = hostname.replace(/^api(-m)?\./, '')
  return { certificateOrigin: `${protocol}//${theirs}`, commonName: `messageverificationcerts.${domain}` }
}

const dayMs = 86_400_000
/** Its search is this far behind. */
const behindMs = 3 * 3_600_000

const statement = async (paypal: PayPalClient, day: string, now: number, signal: AbortSignal): Promise<Statement> => {
  const from = Date.parse(`${day}T00:00:00+09:00`)
  if (Number.isNaN(from)) throw notDone('refused', 'day-unusable')
  if (now < from + dayMs + behindMs) return { is: 'not-yet' }
  const transactions = await paypal.transactions(from, from + dayMs - 1_000, signal)
  const lines = transactions.flatMap((transaction) => lineOf(transaction) ?? [])
  return {
    is: 'statement',
    lines: (async function* () {
      yield* lines
    })(),
  }
}
