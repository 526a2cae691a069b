import type { FakeAnswer, FakeCall, FakeOptions, FakeServer, FakeWebhook } from './faulty-http.ts'
import { startFakeServer } from './faulty-http.ts'

/**
 * Telegram's Bot API as far as Stars need it, by the shapes of its documentation and the rules of its published server:
 * updates stay until a later offset confirms them, pre-checkouts have ten seconds, a refund keeps its payment's id.
 */

interface User {
  readonly id: number
  readonly is_bot: false
  readonly first_name: string
}
interface Transaction {
  readonly id: string
  readonly amount: number
  readonly date: number
  readonly source?: object
  readonly receiver?: object
}
interface Query {
  readonly id: string
  readonly at: number
  readonly answered: (answer: { readonly ok: boolean; readonly error?: string | undefined }) => void
}

export interface FakeTelegram {
  readonly server: FakeServer
  readonly token: string
  /** Updates as they would be posted, with the secret. */
  readonly webhooks: FakeWebhook[]
  readonly webhook: { url: string; secret: string } | null
  skewMs: number
  /** Telegram shows another amount than was asked for. */
  lie(payload: string, amount: number): void
  /** The buyer presses pay; resolves with what became of it. */
  pay(payload: string, buyer?: number): Promise<'paid' | 'refused' | 'not-answered'>
  /** Between the shop's yes and the charge: the buyer's app takes its time. */
  beforeCharge: () => Promise<void>
  /** The payment came about and no update tells of it. */
  paySilently(payload: string, buyer?: number): string
  /** Of other bots' buyers, long ago. */
  addHistory(count: number, at: number): void
  /** What was told to the last buyer who was refused. */
  readonly lastRefusal: string | undefined
  /** Updates that nobody has confirmed. */
  readonly pending: () => number
  close(): Promise<void>
}

const ok = (result: unknown): FakeAnswer => ({ status: 200, body: { ok: true, result } })
export const telegramError = (status: number, description: string, parameters?: object): FakeAnswer => ({
  status,
  body: { ok: false, error_code: status, description, ...(parameters && { parameters }) },
})
const preCheckoutMs = 10_000

export const startFakeTelegram = async ({ seed = 1, now = Date.now }: FakeOptions = {}): Promise<FakeTelegram> => {
  const invoices = new Map<string, number>()
  const lies = new Map<string, number>()
  const transactions: Transaction[] = []
  const queries = new Map<string, Query>()
  const webhooks: FakeWebhook[] = []
  let updates: { readonly update_id: number }[] = []
  let nextUpdate = 700_000_000 + seed * 1_000
  let made = 0
  let webhook: FakeTelegram['webhook'] = null
  let lastRefusal: string | undefined
  let waiting: (() => void)[] = []
  const clock = (): number => now() + fake.skewMs
  const seconds = (): number => Math.floor(clock() / 1000)
  const userOf = (id: number): User => ({ id, is_bot: false, first_name: `買い手${id}` })

  const push = (update: object): void => {
    const whole = { update_id: nextUpdate++, ...update }
    const headers = {
      'content-type': 'application/json',
      ...(webhook && { 'x-telegram-bot-api-secret-token': webhook.secret }),
    }
    webhooks.push({ headers, body: Buffer.from(JSON.stringify(whole)) })
    if (webhook) return
    updates.push(whole)
    for (const wake of waiting.splice(0)) wake()
  }
  const message = (buyer: number, content: object): object => ({
    message: {
      ...{ message_id: ++made, date: seconds(), from: userOf(buyer) },
      ...{ chat: { id: buyer, type: 'private', first_name: 'x' }, ...content },
    },
  })
  const book = (payload: string, buyer: number): { charge: string; amount: number } => {
    const amount = lies.get(payload) ?? invoices.get(payload) ?? 0
    const charge = `stxCharge${seed}_${++made}`
    const source = { type: 'user', transaction_type: 'invoice_payment', user: userOf(buyer), invoice_payload: payload }
    transactions.push({ id: charge, amount, date: seconds(), source })
    return { charge, amount }
  }
  const paid = (payload: string, charge: string, total_amount: number) => ({
    ...{ currency: 'XTR', total_amount, invoice_payload: payload },
    ...{ telegram_payment_charge_id: charge, provider_payment_charge_id: '' },
  })

  const getUpdates = async (body: Record<string, unknown>, ended: AbortSignal): Promise<FakeAnswer> => {
    if (webhook) return telegramError(409, "Conflict: can't use getUpdates method while webhook is active")
    const offset = Number(body['offset'] ?? 0)
    updates = updates.filter(({ update_id }) => update_id >= offset)
    if (updates.length === 0 && Number(body['timeout'] ?? 0) > 0) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        const timer = setTimeout(resolve, Number(body['timeout']) * 1000)
        timer.unref()
        ended.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    waiting = []
    return ok(updates.slice(0, Number(body['limit'] ?? 100)))
  }
  const refund = (body: Record<string, unknown>): FakeAnswer => {
    const charge = String(body['telegram_payment_charge_id'])
    const payment = transactions.find(({ id, source }) => id === charge && source)
    const buyer = (payment?.source as { user?: User } | undefined)?.user?.id
    if (!payment || buyer === undefined || buyer !== body['user_id'])
      return telegramError(400, 'Bad Request: CHARGE_ID_INVALID')
    if (transactions.some(({ id, receiver }) => id === charge && receiver)) {
      return telegramError(400, 'Bad Request: CHARGE_ALREADY_REFUNDED')
    }
    const { invoice_payload } = payment.source as unknown as { invoice_payload: string }
    transactions.push({ id: charge, amount: payment.amount, date: seconds(), receiver: payment.source as object })
    push(message(buyer, { refunded_payment: paid(invoice_payload, charge, payment.amount) }))
    return ok(true)
  }
  const answerQuery = (body: Record<string, unknown>): FakeAnswer => {
    const query = queries.get(String(body['pre_checkout_query_id']))
    queries.delete(String(body['pre_checkout_query_id']))
    if (!query || clock() > query.at + preCheckoutMs) {
      return telegramError(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid')
    }
    query.answered({ ok: body['ok'] === true, error: body['error_message'] as string | undefined })
    return ok(true)
  }
  const createLink = (body: Record<string, unknown>): FakeAnswer => {
    const prices = body['prices'] as { label: string; amount: number }[]
    const [price] = prices
    const title = String(body['title'])
    const fine = body['currency'] === 'XTR' && prices.length === 1 && Number.isInteger(price?.amount)
    if (!fine || title.length < 1 || title.length > 32 || body['provider_token'] !== '') {
      return telegramError(400, 'Bad Request: STARS_INVOICE_INVALID')
    }
    invoices.set(String(body['payload']), price?.amount ?? 0)
    return ok(`https://t.me/$${seed}${++made}`)
  }
  const handle = async (call: FakeCall, ended: AbortSignal): Promise<FakeAnswer> => {
    const [, token, method] = /^\/bot([^/]+)\/([A-Za-z]+)$/.exec(call.path) ?? []
    if (token !== fake.token) return telegramError(401, 'Unauthorized')
    const body = call.body.length > 0 ? JSON.parse(String(call.body)) : {}
    switch (method) {
      case 'getMe':
        return ok({ id: 1, is_bot: true, first_name: 'Shop', username: 'shop_bot' })
      case 'getUpdates':
        return getUpdates(body, ended)
      case 'setWebhook':
        webhook = { url: body.url, secret: body.secret_token }
        return ok(true)
      case 'deleteWebhook':
        webhook = null
        return ok(true)
      case 'createInvoiceLink':
        return createLink(body)
      case 'answerPreCheckoutQuery':
        return answerQuery(body)
      case 'refundStarPayment':
        return refund(body)
      case 'getStarTransactions': {
        const offset = Number(body.offset ?? 0)
        return ok({ transactions: transactions.slice(offset, offset + Number(body.limit ?? 100)) })
      }
      default:
        return telegramError(404, 'Not Found: method not found')
    }
  }
  const server = await startFakeServer(seed, handle, clock)
  const fake: FakeTelegram = {
    ...{ server, webhooks, token: '123456:fake-token', skewMs: 0, beforeCharge: async () => undefined },
    get webhook() {
      return webhook
    },
    get lastRefusal() {
      return lastRefusal
    },
    lie: (payload, amount) => void lies.set(payload, amount),
    pending: () => updates.length,
    paySilently: (payload, buyer = 1_001) => book(payload, buyer).charge,
    addHistory: (count, at) => {
      const source = { type: 'user', transaction_type: 'invoice_payment', user: userOf(9), invoice_payload: 'other' }
      for (let nth = 0; nth < count; nth++) {
        transactions.push({ id: `old${nth}`, amount: 1, date: Math.floor(at / 1000) + nth, source })
      }
    },
    pay: async (payload, buyer = 1_001) => {
      const total_amount = lies.get(payload) ?? invoices.get(payload)
      if (total_amount === undefined) return 'refused'
      const id = `query${++made}`
      const { promise, resolve } = Promise.withResolvers<{ ok: boolean; error?: string | undefined }>()
      queries.set(id, { id, at: clock(), answered: resolve })
      const timer = setTimeout(() => resolve({ ok: false, error: 'time-out' }), preCheckoutMs)
      push({ pre_checkout_query: { id, from: userOf(buyer), currency: 'XTR', total_amount, invoice_payload: payload } })
      const { ok: may, error } = await promise
      clearTimeout(timer)
      if (!may) {
        lastRefusal = error
        return error === 'time-out' ? 'not-answered' : 'refused'
      }
      await fake.beforeCharge()
      const { charge, amount } = book(payload, buyer)
      push(message(buyer, { successful_payment: paid(payload, charge, amount) }))
      return 'paid'
    },
    close: server.close,
  }
  return fake
}
