import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import type { DescribedLine } from './description.ts'
import { defineEvent } from './event.ts'
import { instantSchema, operatorIdSchema } from './ids.ts'
import { type ProviderName, providerSchema } from './payments.ts'

/**
 * 接続: how each provider is reached. Set in the app, or by the file LIBRAL_PAYMENTS_FILE, which wins for the providers
 * that it names. A key is sealed for the backend on the desktop where it is typed (trust/sealed/to-backend.ts): pages, log
 * and database hold nothing else of it but its last four characters.
 */

/** One thing that a provider needs to be told. */
export interface Field {
  readonly name: string
  readonly required: boolean
  /** A web address over TLS. */
  readonly address?: true
}
const field = (name: string, more: Partial<Field> = {}): Field => ({ name, required: false, ...more })

export interface ProviderFields {
  /** Where the real one is, and its sandbox; null: it has none. */
  readonly live: string
  readonly sandbox: string | null
  readonly values: readonly Field[]
  readonly secrets: readonly Field[]
  /** Which of them are needed to take webhooks; none: nothing has to be set here. */
  readonly webhook: readonly string[]
}
/** Sources: docs/payment-providers.md. */
export const providerFields: Readonly<Record<ProviderName, ProviderFields>> = {
  stars: {
    live: 'https://api.telegram.org',
    sandbox: null,
    values: [field('webhookAddress', { address: true })],
    secrets: [field('botToken', { required: true }), field('webhookSecret')],
    webhook: ['webhookAddress', 'webhookSecret'],
  },
  paypay: {
    live: 'https://apigw.paypay.ne.jp',
    sandbox: 'https://apigw.sandbox.paypay.ne.jp',
    values: [field('merchantId', { required: true }), field('returnAddress', { address: true }), field('fileOrigins')],
    secrets: [field('apiKey', { required: true }), field('apiSecret', { required: true })],
    webhook: [],
  },
  paypal: {
    live: 'https://api-m.paypal.com',
    sandbox: 'https://api-m.sandbox.paypal.com',
    values: [
      field('clientId', { required: true }),
      field('webhookId'),
      field('returnAddress', { address: true }),
      field('cancelAddress', { address: true }),
    ],
    secrets: [field('clientSecret', { required: true })],
    webhook: ['webhookId'],
  },
}
const namesOf = (fields: readonly Field[]): readonly string[] => fields.map(({ name }) => name)
export const valueNames = (provider: ProviderName): readonly string[] => namesOf(providerFields[provider].values)
export const secretNames = (provider: ProviderName): readonly string[] => namesOf(providerFields[provider].secrets)

/** Whether webhooks count as set up; PayPay sends them wherever its own pages say. */
export const takesWebhooks = (
  provider: ProviderName,
  settings: { readonly values: Readonly<Record<string, string>>; readonly secrets: readonly string[] },
): boolean =>
  providerFields[provider].webhook.every((name) => name in settings.values || settings.secrets.includes(name))

/** What the box of a key is sealed for: it opens as this key of this provider at this address alone. */
export const boxPurpose = (provider: ProviderName, name: string, baseAddress: string): string =>
  `payments ${provider} ${name} ${baseAddress}`

const nameSchema = z.string().regex(/^[a-zA-Z]{1,32}$/)
/** Longest key, in characters. */
export const secretLimit = 1_024
/** What is sealed for the backend, base64url; {@link secretLimit} characters of UTF-8 and what sealing adds. */
export const backendBoxSchema = z.string().regex(/^[A-Za-z0-9_-]{80,5700}$/)
export const enteredSecretSchema = z.strictObject({
  box: backendBoxSchema,
  /** The last four characters of one that is long enough to keep the rest secret; else empty. */
  last4: z.string().max(4),
})
export type EnteredSecret = z.infer<typeof enteredSecretSchema>
/** Of a key that has fewer characters nothing is shown. */
const shownFrom = 16
export const last4Of = (secret: string): string => (secret.length >= shownFrom ? secret.slice(-4) : '')

const valuesSchema = z.record(nameSchema, z.string().min(1).max(500))
export const providerAddressSchema = z
  .string()
  .max(200)
  .regex(/^https?:\/\/[^/?#\s@]+$/)

/** Settings as they are being entered, to be tried or set. Secrets that are absent stay as they are. */
export const providerDraftSchema = z.strictObject({
  provider: providerSchema,
  /** Origin, without a slash at its end. */
  baseAddress: providerAddressSchema,
  values: valuesSchema,
  secrets: z.record(nameSchema, enteredSecretSchema),
})
export type ProviderDraft = z.infer<typeof providerDraftSchema>

const provided = (provider: ProviderName): DescribedLine => ({
  label: 'provider',
  values: [{ as: 'word', word: `provider.${provider}` }],
})
/** Each in a line of its own, so that no value passes for another setting. */
const settingLines = (
  label: DescribedLine['label'],
  settings: readonly (readonly [name: string, text: string])[],
): readonly DescribedLine[] => settings.map(([name, text]) => ({ label, values: [{ as: 'setting', name, text }] }))

/**
 * Decides where money comes in and with which keys we ask for it. Another address needs all keys anew: those that were
 * entered for one place never go to another.
 */
export const configureProvider = defineCommand({
  name: 'payments.configureProvider',
  risk: 'high',
  permission: 'payments.configure',
  params: providerDraftSchema.extend({
    /** Secrets that are to be forgotten. */
    forget: z.array(nameSchema).max(8),
    /** Nothing is asked of the provider, and nothing taken from it. */
    paused: z.boolean(),
    /** `changedAt` of the row that the person saw; 0: there was none. Another by now: refused. */
    seen: z.int().min(0),
  }),
  describe: ({ provider, baseAddress, values, secrets, forget, paused }) => ({
    title: 'payments.configureProvider',
    lines: [
      provided(provider),
      { label: 'state', values: [{ as: 'word', word: paused ? 'paused' : 'enabled' }] },
      { label: 'address', values: [{ as: 'text', text: baseAddress }] },
      ...settingLines('values', Object.entries(values)),
      ...settingLines(
        'newKeys',
        Object.entries(secrets).map(([name, { last4 }]) => [name, last4 === '' ? '' : `…${last4}`]),
      ),
      ...settingLines(
        'forgottenKeys',
        forget.map((name) => [name, '']),
      ),
    ],
    effects: ['effect.configureProvider'],
  }),
})

export const settingsRowSchema = z.strictObject({
  provider: providerSchema,
  baseAddress: providerAddressSchema,
  values: valuesSchema,
  /** What is known of each key; the key itself nobody is shown again. */
  secrets: z
    .array(
      z.strictObject({ name: nameSchema, last4: z.string().max(4), setAt: instantSchema, setBy: operatorIdSchema }),
    )
    .max(8),
  paused: z.boolean(),
  changedAt: instantSchema,
  changedBy: operatorIdSchema,
})
export type SettingsRow = z.infer<typeof settingsRowSchema>

export const settings = defineCollection({
  name: 'payments.settings',
  version: 1,
  schema: settingsRowSchema,
  key: (row) => row.provider,
  indexes: [],
  read: 'payments.read',
  retention: { rows: 100 },
})
/** The sealed keys; not in the catalogue: no desktop mirrors it. */
export const sealedKeys = defineCollection({
  name: 'payments.sealed-keys',
  version: 1,
  schema: z.strictObject({ provider: providerSchema, boxes: z.record(nameSchema, backendBoxSchema) }),
  key: (row) => row.provider,
  indexes: [],
  read: 'payments.configure',
  retention: { rows: 100 },
})
export const providerConfigured = defineEvent({
  type: 'payments.providerConfigured@1',
  data: configureProvider.params.omit({ seen: true }),
  notice: ({ provider, paused }) => ({
    category: 'payment',
    severity: 'warning',
    code: paused ? 'payments.provider-paused' : 'payments.provider-configured',
    params: { provider },
  }),
})

/** What a test of a connection says: one cause, in an operator's terms. */
export const connectionFaults = [
  'not-configured',
  'keys-unreadable',
  'address-unsafe',
  'wrong-key',
  'wrong-environment',
  'clock',
  'network',
  'tls',
  'not-allowed',
  'no-disputes',
  'no-search',
  'maintenance',
  'limited',
  'other',
] as const
export const connectionFaultSchema = z.enum(connectionFaults)
export type ConnectionFault = (typeof connectionFaults)[number]

/** Providers refuse requests of another time; PayPay from two minutes on. */
const clockLimitMs = 90_000

const byCode: Readonly<Record<string, ConnectionFault>> = {
  'not-configured': 'not-configured',
  'keys-unreadable': 'keys-unreadable',
  'address-unsafe': 'address-unsafe',
  'no-connection': 'network',
  'no-whole-answer': 'network',
  'time-out': 'network',
  'tls-untrusted': 'tls',
  'asked-to-wait': 'limited',
  RATE_LIMIT: 'limited',
  RATE_LIMIT_REACHED: 'limited',
  MAINTENANCE_MODE: 'maintenance',
  // Telegram: a token that it does not know, and one that is none.
  unauthorized: 'wrong-key',
  'not-found': 'wrong-key',
  UNAUTHORIZED: 'wrong-key',
  OPA_CLIENT_NOT_FOUND: 'wrong-key',
  invalid_client: 'wrong-key',
  // PayPal's client says so of a 401.
  credentials: 'wrong-key',
  'http-401': 'wrong-key',
  // Our key is known, and may not be used from here, or for this.
  OP_OUT_OF_SCOPE: 'not-allowed',
  UNAUTHORIZED_ACCESS: 'not-allowed',
  NOT_AUTHORIZED: 'not-allowed',
  forbidden: 'not-allowed',
  'http-403': 'not-allowed',
  // Of PayPal's app, which is given each by itself.
  'disputes-not-allowed': 'no-disputes',
  'search-not-allowed': 'no-search',
}

/** Pure. `skewMs`: by how much their clock is ahead; null: not known. */
export const faultOf = (code: string, skewMs: number | null): ConnectionFault => {
  const fault = byCode[code] ?? (code.startsWith('left-alone') || code.startsWith('http-429') ? 'limited' : 'other')
  const askew = skewMs !== null && Math.abs(skewMs) > clockLimitMs
  return askew && (fault === 'wrong-key' || fault === 'not-allowed' || fault === 'other') ? 'clock' : fault
}

export const connectionTestSchema = z.strictObject({
  fault: connectionFaultSchema.nullable(),
  /** The provider's own code, or ours; empty where nothing is wrong. */
  code: z.string().max(64),
  latencyMs: z.int().min(0).nullable(),
  /** Who we are to it: a bot's name, a merchant's id; null: it does not say. */
  account: z.string().max(200).nullable(),
  /** By how much their clock is ahead of ours, ms; null: not known. */
  skewMs: z.int().nullable(),
})
export type ConnectionTest = z.infer<typeof connectionTestSchema>
