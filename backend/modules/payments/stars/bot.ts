import type { Api } from 'grammy'
import type { Update } from 'grammy/types'
import { z } from 'zod'
import { type CallerOptions, createCaller, type HttpAnswer, jsonIn, notDone } from '../http-call.ts'

/** The methods of the Bot API that payments need, by grammY over our own way out. https://core.telegram.org/bots/api */
export interface Bot {
  createInvoiceLink(invoice: { title: string; payload: string; stars: number }, signal: AbortSignal): Promise<string>
  /** true: taken on. */
  refundStarPayment(userId: number, chargeId: string, signal: AbortSignal): Promise<void>
  /** Oldest first. */
  getStarTransactions(offset: number, limit: number, signal: AbortSignal): Promise<readonly StarTransaction[]>
  answerPreCheckout(id: string, refusal: string | null, signal: AbortSignal): Promise<void>
  /** Waits for at most `waitSeconds`; everything before `offset` is forgotten by Telegram. */
  getUpdates(offset: number, waitSeconds: number, signal: AbortSignal): Promise<readonly Update[]>
  setWebhook(url: string, secret: string, signal: AbortSignal): Promise<void>
  deleteWebhook(signal: AbortSignal): Promise<void>
  /** The bot's name. */
  getMe(signal: AbortSignal): Promise<string>
}

const partnerSchema = z.looseObject({
  type: z.string(),
  transaction_type: z.string().optional(),
  invoice_payload: z.string().optional(),
  user: z.looseObject({ id: z.int(), first_name: z.string().optional(), last_name: z.string().optional() }).optional(),
})
const transactionSchema = z.looseObject({
  id: z.string().min(1),
  amount: z.int(),
  nanostar_amount: z.int().optional(),
  date: z.int(),
  source: partnerSchema.optional(),
  receiver: partnerSchema.optional(),
})
/** A refund has the id of its payment: the key is id and direction. */
export type StarTransaction = z.output<typeof transactionSchema>

/** What an update has to be about for us. */
export const wantedUpdates = ['message', 'pre_checkout_query'] as const

/** A call that waits for updates must not stand in the way of one that answers a buyer. */
const pollLimits = { timeoutMs: 65_000, concurrent: 1, queued: 1, failures: 3, coolMs: 2_000 } as const
const callLimits = { timeoutMs: 8_000 } as const

export const createBot = (
  token: string,
  apiRoot: string,
  { now, limits, watch }: Pick<CallerOptions, 'now' | 'limits' | 'watch'>,
): Bot => {
  const shared = { now, watch, reason: descriptionOf, retryAfter: retryAfterOf }
  const acting = createCaller({ ...shared, provider: 'stars', limits: { ...callLimits, ...limits } })
  const polling = createCaller({ ...shared, provider: 'stars-updates', limits: { ...pollLimits, ...limits } })

  /** grammY builds requests and reads answers; each goes out by `caller`, under the caller's own signal. */
  const api = async (caller: typeof acting, signal: AbortSignal): Promise<Api> => {
    const { Api } = await import('grammy')
    const fetchIt = async (url: string | URL, init: { body?: unknown; headers?: unknown } = {}): Promise<unknown> => {
      const body = typeof init.body === 'string' ? Buffer.from(init.body) : undefined
      const headers = { 'content-type': 'application/json' }
      const answer = await caller.call({ method: 'POST', url: String(url), headers, body }, signal)
      return { json: async () => telegramAnswer(answer) }
    }
    return new Api(token, { apiRoot, fetch: fetchIt as never })
  }
  const ask = async <T>(signal: AbortSignal, work: (api: Api) => Promise<T>, caller = acting): Promise<T> => {
    const { GrammyError, HttpError } = await import('grammy')
    try {
      return await work(await api(caller, signal))
    } catch (thrown) {
      if (thrown instanceof HttpError && thrown.error instanceof Error) throw thrown.error
      if (thrown instanceof GrammyError) throw notDone('refused', codeOf(thrown.description))
      throw thrown
    }
  }
  return {
    createInvoiceLink: ({ title, payload, stars }, signal) =>
      ask(signal, (bot) => bot.createInvoiceLink(title, title, payload, '', 'XTR', [{ label: title, amount: stars }])),
    refundStarPayment: async (userId, chargeId, signal) => {
      await ask(signal, (bot) => bot.refundStarPayment(userId, chargeId))
    },
    getStarTransactions: async (offset, limit, signal) => {
      const { transactions } = await ask(signal, (bot) => bot.getStarTransactions({ offset, limit }))
      const read = z.array(transactionSchema).safeParse(transactions)
      if (!read.success) throw notDone('unknown', 'answer-unreadable')
      return read.data
    },
    answerPreCheckout: async (id, refusal, signal) => {
      const other = refusal === null ? {} : { error_message: refusal }
      await ask(signal, (bot) => bot.answerPreCheckoutQuery(id, refusal === null, other))
    },
    getUpdates: (offset, timeout, signal) =>
      ask(signal, (bot) => bot.getUpdates({ offset, timeout, limit: 100, allowed_updates: wantedUpdates }), polling),
    setWebhook: async (url, secret, signal) => {
      const options = { secret_token: secret, allowed_updates: wantedUpdates }
      await ask(signal, (bot) => bot.setWebhook(url, options))
    },
    deleteWebhook: async (signal) => {
      await ask(signal, (bot) => bot.deleteWebhook())
    },
    getMe: async (signal) => (await ask(signal, (bot) => bot.getMe())).username,
  }
}

const answerSchema = z.looseObject({
  ok: z.boolean(),
  description: z.string().optional(),
  parameters: z.looseObject({ retry_after: z.int().optional() }).optional(),
})

/** @throws NotDoneError `unknown` for what is no answer of the Bot API */
const telegramAnswer = (answer: HttpAnswer): unknown => {
  const content = jsonIn(answer)
  if (!answerSchema.safeParse(content).success) throw notDone('unknown', 'answer-unreadable')
  return content
}

const descriptionOf = (answer: HttpAnswer): string | undefined => {
  const read = answerSchema.safeParse(jsonIn(answer))
  return read.success && read.data.description ? codeOf(read.data.description) : undefined
}
const retryAfterOf = (answer: HttpAnswer): number | undefined => {
  const read = answerSchema.safeParse(jsonIn(answer))
  return read.success ? read.data.parameters?.retry_after : undefined
}

/** `Bad Request: CHARGE_ALREADY_REFUNDED` has a code; `Unauthorized` is one. */
const codeOf = (description: string): string =>
  /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/.exec(description)?.[0] ??
  (description
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60) ||
    'refused')
