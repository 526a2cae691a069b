import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { FakeAnswer, FakeServer, FakeWebhook } from '#backend/demo/providers/faulty-http.ts'
import { paypalError, startFakePayPal } from '#backend/demo/providers/paypal.ts'
import { startFakePayPay } from '#backend/demo/providers/paypay.ts'
import { startFakeTelegram, telegramError } from '#backend/demo/providers/telegram.ts'
import { createPayPal } from '#backend/modules/payments/paypal/adapter.ts'
import { createPayPay } from '#backend/modules/payments/paypay/adapter.ts'
import type {
  CreateProvider,
  Provider,
  ProviderHost,
  ProviderSettings,
  RawMessage,
} from '#backend/modules/payments/provider.ts'
import { createStars } from '#backend/modules/payments/stars/adapter.ts'
import { createProviderWatch, type Figures } from '#backend/modules/payments/watch.ts'
import type { Money } from '#protocol/money.ts'
import type { ActId, PaymentId, ProviderName } from '#protocol/payments.ts'

/** Each adapter over its fake, as the contract suite drives them. */
export interface Rig {
  readonly provider: Provider
  /** The same, and it waits for hardly any answer. */
  readonly impatient: Provider
  readonly server: FakeServer
  /** What {@link ProviderHost.mayPay} answers. */
  mayPay: Awaited<ReturnType<ProviderHost['mayPay']>>
  readonly delivered: RawMessage[]
  now: number
  readonly amount: Money
  /** A part of it. */
  readonly part: Money
  /** `METHOD /path` of the calls that create, look and refund. */
  readonly creates: RegExp
  readonly looks: RegExp
  readonly refunds: RegExp
  /** Asks to wait for seven seconds. */
  readonly wait7: FakeAnswer
  readonly broken: FakeAnswer
  readonly reserves: boolean
  /** The buyer does their part; resolves when the provider has it. */
  buy(payment: PaymentId): Promise<void>
  /** The provider says another amount from now on. */
  lie(payment: PaymentId): void
  slowRefunds(slow: boolean): void
  /** Sent so far, as the way in keeps them. */
  webhooks(): readonly RawMessage[]
  /** Not theirs, by what is wrong with them. */
  forged(): Promise<Readonly<Record<string, RawMessage>>>
  /** The day has ended and its account is there. */
  closeDay(): Promise<void>
  /** How the calls of {@link Rig.other} fare, as its health tells. */
  figures(): Figures
  /** Another adapter with other keys, or another address. */
  other(settings: Partial<ProviderSettings>): Provider
  close(): Promise<void>
}

export const newPayment = (): PaymentId => uuidv7() as PaymentId
export const newAct = (): ActId => uuidv7() as ActId

const secretHeader = 'x-telegram-bot-api-secret-token'
const rawOf = ({ headers, body }: FakeWebhook, receivedAt: number): RawMessage => {
  const kept: Record<string, string> = { ...headers }
  const secret = kept[secretHeader]
  if (secret !== undefined) kept[secretHeader] = `sha256:${createHash('sha256').update(secret).digest('hex')}`
  return { headers: kept, body: new Uint8Array(body), receivedAt }
}

const impatience = { timeoutMs: 600 }

const build = (
  name: ProviderName,
  state: Pick<Rig, 'now' | 'mayPay' | 'delivered'>,
  create: (limits?: { timeoutMs: number }) => CreateProvider,
  settings: ProviderSettings,
): Pick<Rig, 'provider' | 'impatient' | 'other' | 'figures'> & { readonly host: ProviderHost } => {
  const watch = createProviderWatch(() => state.now)
  const host: ProviderHost = {
    now: () => state.now,
    deliver: async (message) => void state.delivered.push(message),
    mayPay: async () => state.mayPay,
    promise: async () => state.mayPay,
  }
  return {
    host,
    figures: () => watch.figures(name),
    provider: create()(settings, host),
    impatient: create(impatience)(settings, host),
    other: (others) => create()({ ...settings, ...others }, { ...host, watch: watch.of(name) }),
  }
}
/** Half past ten in the morning in Japan, so that a test never runs over the end of a day. */
const morning = Date.parse('2026-11-20T10:30:00+09:00')
const dayMs = 86_400_000

const settingsOf = (
  baseAddress: string,
  values: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): ProviderSettings => ({ baseAddress, values, secret: (name) => secrets[name] })

const starsRig = async (seed: number): Promise<Rig> => {
  const state = { now: morning, mayPay: 'yes' as Rig['mayPay'], delivered: [] as RawMessage[] }
  const fake = await startFakeTelegram({ seed, now: () => state.now })
  const secrets = { botToken: fake.token, webhookSecret: 'a-webhook-secret' }
  const built = build('stars', state, createStars, settingsOf(fake.server.address, {}, secrets))
  const ending = new AbortController()
  const listening = built.provider.listen?.(built.host, ending.signal)
  return Object.assign(state, {
    ...{ ...built, server: fake.server, reserves: false },
    amount: { currency: 'XTR', minor: 500n } as const,
    part: { currency: 'XTR', minor: 200n } as const,
    ...{ creates: /createInvoiceLink/, looks: /getStarTransactions/, refunds: /refundStarPayment/ },
    wait7: telegramError(429, 'Too Many Requests: retry after 7', { retry_after: 7 }),
    broken: telegramError(502, 'Bad Gateway'),
    buy: async (payment: PaymentId) => void (await fake.pay(payment)),
    lie: (payment: PaymentId) => fake.lie(payment, 1),
    slowRefunds: () => undefined,
    webhooks: () => {
      const headers = { 'content-type': 'application/json', [secretHeader]: secrets.webhookSecret }
      return fake.webhooks.map(({ body }) => rawOf({ body, headers }, state.now))
    },
    forged: async () => {
      const [one] = fake.webhooks
      if (!one) throw new Error('nothing was sent')
      const wrong = { 'content-type': 'application/json', [secretHeader]: 'guessed' }
      return {
        secret: rawOf({ ...one, headers: wrong }, state.now),
        'secret ': rawOf({ ...one, headers: {} }, state.now),
      }
    },
    closeDay: async () => {
      state.now += dayMs
    },
    close: async () => {
      ending.abort()
      await listening
      await fake.close()
    },
  })
}

const payPayRig = async (seed: number): Promise<Rig> => {
  const state = { now: morning, mayPay: 'yes' as Rig['mayPay'], delivered: [] as RawMessage[] }
  const fake = await startFakePayPay({ seed, now: () => state.now })
  const values = { merchantId: fake.merchantId, fileOrigins: fake.server.address }
  const secrets = { apiKey: fake.key, apiSecret: fake.secret }
  const built = build('paypay', state, createPayPay, settingsOf(fake.server.address, values, secrets))
  const failed = (status: number, code: string): FakeAnswer => ({
    status,
    body: { resultInfo: { code, message: code, codeId: '1' }, data: null },
  })
  return Object.assign(state, {
    ...{ ...built, server: fake.server, reserves: true },
    amount: { currency: 'JPY', minor: 1_200n } as const,
    part: { currency: 'JPY', minor: 500n } as const,
    ...{ creates: /POST \/v2\/codes$/, looks: /GET \/v2\/codes\/payments/, refunds: /POST \/v2\/refunds/ },
    wait7: { ...failed(429, 'RATE_LIMIT'), headers: { 'retry-after': '7' } },
    broken: failed(500, 'INTERNAL_SERVER_ERROR'),
    buy: async (payment: PaymentId) => fake.pay(payment),
    lie: (payment: PaymentId) => fake.lie(payment, 1),
    slowRefunds: (slow: boolean) => {
      if (slow) fake.slowRefunds = true
      else fake.settle()
    },
    webhooks: () => fake.webhooks.map((one) => rawOf(one, state.now)),
    forged: async () => {
      const file = { notification_type: 'file.created', notification_id: 'x', fileType: 'transaction_recon' }
      const elsewhere = {
        ...file,
        path: 'https://attacker.example/x.csv',
        requestedAt: new Date(state.now).toISOString(),
      }
      const inside = { ...elsewhere, path: 'http://169.254.169.254/latest' }
      const of = (body: object | string) =>
        rawOf({ headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }, state.now)
      return { 'file-address': of(elsewhere), 'file-address ': of(inside), unreadable: of('{"a":1,"a":2}') }
    },
    closeDay: async () => {
      state.now += dayMs
      const { signal } = new AbortController()
      await built.provider.read(rawOf(fake.file(fake.statement()), state.now), { signal })
    },
    close: fake.close,
  })
}

const payPalRig = async (seed: number): Promise<Rig> => {
  const state = { now: morning, mayPay: 'yes' as Rig['mayPay'], delivered: [] as RawMessage[] }
  const fake = await startFakePayPal({ seed, now: () => state.now })
  const values = { clientId: fake.clientId, webhookId: fake.webhookId, returnAddress: 'https://shop.example/thanks' }
  const create = (limits?: { timeoutMs: number }): CreateProvider =>
    createPayPal({ limits, roots: [fake.authority.root] })
  const built = build(
    'paypal',
    state,
    create,
    settingsOf(fake.server.address, values, { clientSecret: fake.clientSecret }),
  )
  const last = (): Buffer => fake.webhooks.at(-1)?.body ?? Buffer.from('{}')
  const commonName = 'messageverificationcerts.127.0.0.1'
  const whole = { from: state.now - dayMs, to: state.now + dayMs }
  return Object.assign(state, {
    ...{ ...built, server: fake.server, reserves: true },
    amount: { currency: 'USD', minor: 1_234n } as const,
    part: { currency: 'USD', minor: 505n } as const,
    ...{ creates: /POST \/v2\/checkout\/orders$/, looks: /GET \/v2\/checkout\/orders/, refunds: /POST .*\/refund$/ },
    wait7: { ...paypalError(429, 'RATE_LIMIT_REACHED'), headers: { 'retry-after': '7' } },
    broken: paypalError(500, 'INTERNAL_SERVER_ERROR'),
    buy: async (payment: PaymentId) => fake.approve(payment),
    lie: (payment: PaymentId) => fake.lie(payment, '0.01'),
    slowRefunds: (slow: boolean) => {
      if (slow) fake.slowRefunds = true
      else fake.settle()
    },
    webhooks: () => fake.webhooks.map((one) => rawOf(one, state.now)),
    forged: async () => {
      const good = fake.sign(last())
      const raw = (one: FakeWebhook) => rawOf(one, state.now)
      const header = (name: string, value: string) => raw({ ...good, headers: { ...good.headers, [name]: value } })
      const edited = Buffer.from(String(last()).replace('"event_version":"1.0"', '"event_version":"1.1"'))
      const signedBy = async (leaf: Parameters<typeof fake.authority.issue>[0]): Promise<RawMessage> => {
        fake.signBy(await fake.authority.issue(leaf))
        return raw(fake.sign(last()))
      }
      const certUrl = String(good.headers['paypal-cert-url'])
      return {
        signature: raw({ ...good, body: edited }),
        'signature ': header('paypal-transmission-id', '00000000-0000-4000-8000-000000000000'),
        headers: raw({ ...good, headers: {} }),
        algorithm: header('paypal-auth-algo', 'SHA1withRSA'),
        'transmission-time': raw(fake.sign(last(), state.now - 5 * dayMs)),
        'transmission-time ': raw(fake.sign(last(), state.now + 3_600_000)),
        'certificate-address': header('paypal-cert-url', 'https://attacker.example/v1/notifications/certs/CERT-1'),
        'certificate-address ': header('paypal-cert-url', certUrl.replace('/v1/', '/v1/../v1/')),
        'certificate-address  ': header('paypal-cert-url', certUrl.replace('notifications', 'elsewhere')),
        'too-large': raw({ ...good, body: Buffer.alloc(300_000) }),
        'certificate-subject': await signedBy({ ...whole, commonName: 'messageverificationcerts.evil.example' }),
        'certificate-subject ': await signedBy({ ...whole, commonName, ca: true }),
        'certificate-expired': await signedBy({ commonName, from: state.now - 9 * dayMs, to: state.now - dayMs }),
        'certificate-expired ': await signedBy({ commonName, from: state.now + dayMs, to: state.now + 9 * dayMs }),
        'certificate-untrusted': await signedBy({ ...whole, commonName, selfSigned: true }),
      }
    },
    closeDay: async () => {
      state.now += dayMs
    },
    close: fake.close,
  })
}

export const rigs: readonly (readonly [name: string, open: (seed: number) => Promise<Rig>])[] = [
  ['stars', starsRig],
  ['paypay', payPayRig],
  ['paypal', payPalRig],
]
