import { z } from 'zod'
import { type ProviderName, providers } from '#protocol/payments.ts'
import { providerFields } from '#protocol/payments-settings.ts'
import { mayCall } from './address.ts'
import { createPayPal } from './paypal/adapter.ts'
import { createPayPay } from './paypay/adapter.ts'
import type { CreateProvider, ProviderSettings } from './provider.ts'
import { createStars } from './stars/adapter.ts'

/** All that this build has. */
export const adapters: Readonly<Record<ProviderName, CreateProvider>> = {
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

/** As adapters are made by them; without an address it is the real one. */
export const settingsInFile = (
  settings: PaymentSettings,
): Readonly<Partial<Record<ProviderName, ProviderSettings>>> => {
  const known: Partial<Record<ProviderName, ProviderSettings>> = {}
  for (const name of providers) {
    const one = settings[name]
    if (!one) continue
    const { baseAddress = providerFields[name].live, values, secrets } = one
    known[name] = { baseAddress, values, secret: (key) => secrets[key] }
  }
  return known
}
