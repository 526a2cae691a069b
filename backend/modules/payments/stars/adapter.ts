import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Update } from 'grammy/types'
import { z } from 'zod'
import type { Money } from '#protocol/money.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { pauseMs } from '../../../kernel/backoff.ts'
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
  type RefundOrder,
  type Statement,
} from '../provider.ts'
import { paymentOf } from '../references.ts'
import { type Bot, createBot } from './bot.ts'
import { chargeOf, createTransactions, lineOf, snapshotOf, type Transactions } from './transactions.ts'

/**
 * Telegram Stars behind the port. Our payment id is the invoice's payload; before somebody has paid, Telegram has no id
 * for it. Updates are fetched, so no public address is needed; with `webhookAddress` set Telegram sends them instead.
 */
export const createStars =
  (limits?: CallerOptions['limits']): CreateProvider =>
  (settings, host) => {
    const bot = botFor(settings, host, limits)
    const transactions = createTransactions(bot)
    const asked = <T>({ signal }: Call, work: (bot: Bot) => Promise<T>) => settled(signal, () => work(bot()))
    return {
      name: 'stars',
      create: ({ payment, amount, title }, call) =>
        asked(call, async (telegram) => {
          const invoice = { title: title.slice(0, 32), payload: payment, stars: starsOf(amount) }
          const url = await telegram.createInvoiceLink(invoice, call.signal)
          return { is: 'created', reference: payment, url, expiresAt: null }
        }),
      lookup: ({ payment, orderedAt }, call) =>
        asked(call, async () => {
          const snapshot = snapshotOf(payment, await transactions.since(orderedAt, call.signal))
          return snapshot ? { is: 'found', snapshot } : { is: 'absent' }
        }),
      capture: async () => ({ is: 'refused', code: 'no-authorisation' }),
      // A link stays good: what must not be paid any more is refused at the pre-checkout.
      cancel: async () => ({ is: 'refused', code: 'not-cancellable' }),
      refund: (order, call) => asked(call, (telegram) => refund(telegram, transactions, order, call.signal)),
      messageId,
      read: (message, call) => read(message, call, settings, host, bot),
      listen: (to, signal) => listen(settings, to, bot, signal),
      statement: (day, call) =>
        asked(call, async (): Promise<Statement> => {
          const from = Date.parse(`${day}T00:00:00+09:00`)
          if (Number.isNaN(from)) throw notDone('refused', 'day-unusable')
          if (host.now() < from + dayMs) return { is: 'not-yet' }
          const all = await transactions.since(from, call.signal)
          const lines = all.map(lineOf).filter(({ at }) => at >= from && at < from + dayMs)
          return {
            is: 'statement',
            lines: (async function* () {
              yield* lines
            })(),
          }
        }),
      health: async (call): Promise<ProviderHealth> => {
        const begun = performance.now()
        const answer = await asked(call, (telegram) => telegram.getMe(call.signal))
        if (typeof answer !== 'string') return { is: 'down', code: answer.code }
        return { is: 'up', latencyMs: Math.round(performance.now() - begun), account: `@${answer}` }
      },
    } satisfies Provider
  }

const dayMs = 86_400_000

const botFor = (
  settings: ProviderSettings,
  { now, watch }: ProviderHost,
  limits: CallerOptions['limits'],
): (() => Bot) => {
  let made: { readonly of: string; readonly bot: Bot } | undefined
  return () => {
    const token = settings.secret('botToken')
    if (!token) throw notDone('refused', 'not-configured')
    if (!mayCall(settings.baseAddress)) throw notDone('refused', 'address-unsafe')
    if (made?.of !== token) made = { of: token, bot: createBot(token, settings.baseAddress, { now, limits, watch }) }
    return made.bot
  }
}

/** @throws NotDoneError for what is no whole number of Stars */
const starsOf = ({ currency, minor }: Money): number => {
  if (currency !== 'XTR' || minor <= 0n || minor > 100_000n) throw notDone('refused', 'amount-unusable')
  return Number(minor)
}

const refund = async (
  telegram: Bot,
  transactions: Transactions,
  { capture, whole, orderedAt }: RefundOrder,
  signal: AbortSignal,
) => {
  // refundStarPayment takes no amount.
  if (!whole) throw notDone('refused', 'full-refund-only')
  const charge = chargeOf(capture, await transactions.since(orderedAt, signal))
  if (!charge) throw notDone('refused', 'charge-unknown')
  if (charge.refunded) return { is: 'accepted' } as const
  try {
    await telegram.refundStarPayment(charge.user, capture, signal)
  } catch (thrown) {
    // By an earlier try of ours, or by hand: the transactions show it either way.
    const before = thrown instanceof NotDoneError && thrown.notDone.code === 'CHARGE_ALREADY_REFUNDED'
    if (!before) throw thrown
  }
  return { is: 'accepted' } as const
}

const paymentSchema = z.looseObject({ invoice_payload: z.string(), telegram_payment_charge_id: z.string() })
const preCheckoutSchema = z.looseObject({
  id: z.string(),
  currency: z.string(),
  total_amount: z.int(),
  invoice_payload: z.string(),
})
const updateSchema = z.looseObject({
  update_id: z.int(),
  message: z
    .looseObject({ successful_payment: paymentSchema.optional(), refunded_payment: paymentSchema.optional() })
    .optional(),
  pre_checkout_query: preCheckoutSchema.optional(),
})
type PreCheckout = z.output<typeof preCheckoutSchema>

const secretHeader = 'x-telegram-bot-api-secret-token'

const messageId: Provider['messageId'] = ({ body, headers }) => {
  const update = updateSchema.safeParse(jsonIn({ body }))
  // Who knows the secret is not known here: what comes from outside never stands in the way of what we fetched.
  // Another bot counts its updates anew, and the inbox knows ids for thirty days.
  if (update.success && headers[ownPollHeader]) {
    return `update:${update.data.update_id}/${toBase64url(sha256(body)).slice(0, 22)}`
  }
  return toBase64url(sha256(body, utf8(headers[secretHeader] ?? '')))
}

/** As the way in keeps a shared secret. */
const hashOf = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`

/** Telegram gives up on an answer after ten seconds. */
const preCheckoutMs = 10_000

const read = async (
  message: RawMessage,
  { signal }: Call,
  settings: ProviderSettings,
  host: ProviderHost,
  bot: () => Bot,
): Promise<Read> => {
  if (message.headers[oversizedHeader] !== undefined) return { is: 'forged', code: 'too-large' }
  const own = message.headers[ownPollHeader] !== undefined
  if (!own) {
    const secret = settings.secret('webhookSecret')
    if (!secret) return { is: 'forged', code: 'no-webhook-set' }
    // Digests of the secret are compared: how long that takes says nothing of it.
    if (message.headers[secretHeader] !== hashOf(secret)) return { is: 'forged', code: 'secret' }
  }
  const update = updateSchema.safeParse(jsonIn(message))
  if (!update.success) return { is: 'irrelevant', code: 'unreadable' }
  const { pre_checkout_query: query, message: content } = update.data
  if (query) {
    if (!own && host.now() < message.receivedAt + preCheckoutMs) {
      await settled(signal, () => answerPreCheckout(bot, host, query, signal))
    }
    return { is: 'irrelevant', code: 'pre-checkout' }
  }
  const paid = content?.successful_payment ?? content?.refunded_payment
  const payment = paymentOf(paid?.invoice_payload)
  if (!paid || payment === null) return { is: 'irrelevant', code: paid ? 'not-ours' : 'no-payment' }
  return { is: 'about', payment, reference: paid.telegram_payment_charge_id, proof: own ? 'own-poll' : 'secret' }
}

/** What a buyer reads who may not pay. */
const refusals = {
  'unknown-payment': 'この請求は見つかりませんでした。',
  'not-open': 'この請求は、お支払い済みか、取り消されています。',
  'other-amount': '請求の金額が変わりました。新しいリンクからお支払いください。',
  'under-way': 'ほかのお支払いを処理しています。しばらくお待ちください。',
} as const

const answerPreCheckout = async (
  bot: () => Bot,
  host: ProviderHost,
  { id, currency, total_amount, invoice_payload }: PreCheckout,
  signal: AbortSignal,
): Promise<void> => {
  const payment = paymentOf(invoice_payload)
  const amount = { currency: 'XTR', minor: BigInt(total_amount) } as const
  const asked = async () => {
    if (payment === null) return 'unknown-payment'
    return currency === 'XTR' ? host.promise(payment, amount, id, { signal }) : 'other-amount'
  }
  const may = await asked()
  await bot().answerPreCheckout(id, may === 'yes' ? null : refusals[may], signal)
}

const waitSeconds = 25

/**
 * Long polling. An update is gone at Telegram with the next question, so that is asked only once everything is kept; a
 * buyer who waits for an answer gets it meanwhile.
 */
const listen = async (
  settings: ProviderSettings,
  host: ProviderHost,
  bot: () => Bot,
  signal: AbortSignal,
): Promise<void> => {
  let offset = 0
  let failures = 0
  let prepared = false
  while (!signal.aborted) {
    try {
      if (!prepared) {
        if (await sentByWebhook(settings, bot(), signal)) return await untilAborted(signal)
        prepared = true
      }
      const updates = await bot().getUpdates(offset, waitSeconds, signal)
      const answers = Promise.all(updates.map((update) => answered(update, host, bot, signal)))
      // Waited for once everything is kept; a turn that ends before that leaves none of them to end the process.
      answers.catch(() => undefined)
      for (const update of updates) if (isPaid(update)) await host.deliver(messageOf(update, host.now()))
      await answers
      offset = Math.max(offset, ...updates.map(({ update_id }) => update_id + 1))
      failures = 0
    } catch (thrown) {
      if (signal.aborted) return
      // A webhook that somebody set elsewhere keeps updates away from us.
      if (thrown instanceof NotDoneError && thrown.notDone.code.startsWith('conflict')) prepared = false
      failures++
      await pause(waitAfter(thrown, failures), undefined, { signal }).catch(() => undefined)
    }
  }
}

const waitAfter = (thrown: unknown, failures: number): number => {
  const asked = thrown instanceof NotDoneError && thrown.notDone.is === 'busy' ? thrown.notDone.retryAfterMs : null
  return Math.max(asked ?? 0, pauseMs(Math.min(failures, 6)))
}

const sentByWebhook = async (settings: ProviderSettings, bot: Bot, signal: AbortSignal): Promise<boolean> => {
  const address = settings.values['webhookAddress']
  const secret = settings.secret('webhookSecret')
  if (address && secret) await bot.setWebhook(address, secret, signal)
  else await bot.deleteWebhook(signal)
  return Boolean(address && secret)
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

/** Nothing else is kept: what people write to the bot is not ours to have. */
const isPaid = ({ message }: Update): boolean => Boolean(message?.successful_payment ?? message?.refunded_payment)

const messageOf = (update: Update, receivedAt: number): RawMessage => ({
  receivedAt,
  body: utf8(JSON.stringify(update)),
  headers: { 'content-type': 'application/json', [ownPollHeader]: '1' },
})

/** A buyer whose answer fails may press again; it must not hold up the rest. */
const answered = async (update: Update, host: ProviderHost, bot: () => Bot, signal: AbortSignal): Promise<void> => {
  const query = preCheckoutSchema.safeParse(update.pre_checkout_query)
  if (query.success) await settled(signal, () => answerPreCheckout(bot, host, query.data, signal))
}
