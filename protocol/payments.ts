import { z } from 'zod'
import { commandIdSchema } from './ids.ts'
import type { Currency } from './money.ts'

/** 決済: what every part of it shares. Rows, commands and events: payments-records.ts; accounts: payments-ledger.ts. */

/** `stars` is Telegram Stars. */
export const providers = ['stars', 'paypay', 'paypal'] as const
export const providerSchema = z.enum(providers)
export type ProviderName = (typeof providers)[number]

/** Id of the `payments.create` command: our name for a payment everywhere, also towards its provider. */
export const paymentIdSchema = commandIdSchema.brand('PaymentId')
export type PaymentId = z.infer<typeof paymentIdSchema>

/**
 * Id of the command that asked the provider for something. It is the provider's idempotency key: on disk at the sender
 * before the first try, never used twice, and no other log's, whatever is restored.
 */
export const actIdSchema = commandIdSchema.brand('ActId')
export type ActId = z.infer<typeof actIdSchema>

/** 26 characters that stand for a buyer's account at a provider and tell nothing of it (HMAC under a deployment's key). */
export const payerIdSchema = z
  .string()
  .regex(/^[a-z2-7]{26}$/)
  .brand('PayerId')
export type PayerId = z.infer<typeof payerIdSchema>

/** An id that a provider made: of an order, capture, refund or dispute. Never personal data. */
export const referenceSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/)

/** Minor units on the wire: at most 15 digits, so that they also fit into the number that lists are filtered by. */
export const minorSchema = z.string().regex(/^(0|[1-9][0-9]{0,14})$/)
export const paymentCurrencies = ['JPY', 'XTR', 'USD'] as const satisfies readonly Currency[]
export const paymentCurrencySchema = z.enum(paymentCurrencies)
export type PaymentCurrency = (typeof paymentCurrencies)[number]

/** What a provider is asked to do. */
export const actKinds = ['create', 'capture', 'cancel', 'refund'] as const
export const actKindSchema = z.enum(actKinds)
export type ActKind = (typeof actKinds)[number]

/** What a provider offers at all; whether it does so for one payment now is payments-life.ts's. */
export interface ProviderTraits {
  readonly currencies: readonly PaymentCurrency[]
  /** Minor units. */
  readonly most: bigint
  /** Reserve first, capture later. */
  readonly authorises: boolean
  /** A part of a capture can be refunded; else the whole alone. */
  readonly partialRefund: boolean
  /** A payment that was captured can be cancelled until 00:14:59 JST of the next day. */
  readonly cancelsCaptured: boolean
  /** A link that nobody has paid yet can be taken back at the provider; else it is only no longer expected. */
  readonly cancelsLink: boolean
  /** Longest text that the buyer is shown, in characters. */
  readonly title: number
}

/** Sources: Bot API (sendInvoice, refundStarPayment), PayPay Open Payment API 1.1, PayPal Orders v2 and Payments v2. */
export const providerTraits: Readonly<Record<ProviderName, ProviderTraits>> = {
  stars: {
    currencies: ['XTR'],
    most: 100_000n,
    authorises: false,
    partialRefund: false,
    cancelsCaptured: false,
    cancelsLink: false,
    title: 32,
  },
  paypay: {
    currencies: ['JPY'],
    most: 99_999_999_999n,
    authorises: true,
    partialRefund: true,
    cancelsCaptured: true,
    cancelsLink: true,
    title: 255,
  },
  paypal: {
    currencies: ['JPY', 'USD'],
    most: 999_999_999n,
    authorises: true,
    partialRefund: true,
    cancelsCaptured: false,
    cancelsLink: false,
    title: 127,
  },
}
