import { z } from 'zod'
import { type ProviderName, providers } from '#protocol/payments.ts'
import { mayCall } from './address.ts'
import type { PaymentsDeps } from './index.ts'
import { createPayPal } from './paypal/adapter.ts'
import { createPayPay } from './paypay/adapter.ts'
import type { CreateProvider, Provider, ProviderHost } from './provider.ts'
import { createStars } from './stars/adapter.ts'

/** Where the real ones are; a sandbox is another address. */
const liveAddresses: Readonly<Record<ProviderName, string>> = {
  stars: 'https://api.telegram.org',
  paypay: 'https://apigw.paypay.ne.jp',
  paypal: 'https://api-m.paypal.com',
}
const adapters: Readonly<Record<ProviderName, CreateProvider>> = {
  stars: createStars(),
  paypay: createPayPay(),
  paypal: createPayPal(),
}

const named = z.record(z.string().max(64), z.string().max(4_096))
const oneSchema = z.strictObject({
  /** Without a slash at its end. */
  baseAddress: z
    .string()
    .refine((address) => mayCall(address) && new URL(address).origin === address)
    .optional(),
  /** stars: webhookAddress. paypay: merchantId, returnAddress, fileOrigins. paypal: clientId, webhookId, returnAddress, cancelAddress. */
  values: named.default({}),
  /** stars: botToken, webhookSecret. paypay: apiKey, apiSecret. paypal: clientSecret. */
  secrets: named.default({}),
})

/** The providers that a deployment uses, each with its keys; the others are not asked anything. */
export const paymentSettingsSchema = z.strictObject({
  stars: oneSchema.optional(),
  paypay: oneSchema.optional(),
  paypal: oneSchema.optional(),
})
export type PaymentSettings = z.output<typeof paymentSettingsSchema>

/** What the module makes its adapters by. */
export const adaptersFor = (settings: PaymentSettings): NonNullable<PaymentsDeps['providers']> => {
  const made: Partial<Record<ProviderName, (host: ProviderHost) => Provider>> = {}
  for (const name of providers) {
    const one = settings[name]
    if (!one) continue
    const { baseAddress = liveAddresses[name], values, secrets } = one
    made[name] = (host) => adapters[name]({ baseAddress, values, secret: (key) => secrets[key] }, host)
  }
  return made
}
