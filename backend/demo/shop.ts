import { setTimeout as pause } from 'node:timers/promises'
import { v7 } from 'uuid'
import { type CommandId, commandIdSchema } from '#protocol/ids.ts'
import { type PaymentId, type ProviderName, paymentIdSchema } from '#protocol/payments.ts'
import { refundable } from '#protocol/payments-actions.ts'
import { closingKey, closings } from '#protocol/payments-closings.ts'
import { createPayment, refundPayment } from '#protocol/payments-commands.ts'
import { dayText } from '#protocol/payments-day.ts'
import { messageSourceOf } from '#protocol/payments-inbox.ts'
import { type PaymentRow, payments, questions } from '#protocol/payments-records.ts'
import type { ModuleContext } from '../kernel/module.ts'
import { serviceOperator } from '../kernel/signing-keys.ts'
import { webhookItemId } from '../transport/webhook-routes.ts'
import type { DemoClock } from './clock.ts'
import { fateOf, type Sale, type Step } from './plan.ts'
import type { FakeWebhook } from './providers/faulty-http.ts'
import { type FakePayPal, paypalError } from './providers/paypal.ts'
import type { FakePayPay } from './providers/paypay.ts'
import type { FakeTelegram } from './providers/telegram.ts'

export interface DemoProviders {
  readonly telegram: FakeTelegram
  readonly paypay: FakePayPay
  readonly paypal: FakePayPal
}

export interface Shop {
  /** Lives a step through: orders, buyers who pay or don't, and what comes after. */
  live(step: Step): Promise<void>
  /** Until the end: somebody buys what operators have made a link for, once there was time to see it. */
  serve(): Promise<void>
  /** At most so long, ms. */
  rest(ms: number): Promise<void>
}

interface ShopDeps {
  readonly context: Pick<ModuleContext, 'submit' | 'read' | 'receive' | 'now'>
  readonly clock: DemoClock
  readonly providers: DemoProviders
  readonly random: () => number
  readonly signal: AbortSignal
  /** Before a link of an operator's is paid, and before a buyer who will complain does. */
  readonly sightMs: number
}

/** What has not come about by then is left as it is: the making of the past never hangs. */
const patienceMs = 30_000
const lookMs = 15
/** Between two looks for what operators have made. */
const servedEveryMs = 500
/** A day is closed within this, where its account is there. */
const closingMs = 2_000
const minute = 60_000

const shopkeeper = serviceOperator('demo')

type Seen = (row: PaymentRow) => boolean
interface Sold extends Pick<Sale, 'provider' | 'fate' | 'buyer'> {
  readonly payment: PaymentId
}

export const createShop = ({ context, clock, providers, random, signal, sightMs }: ShopDeps): Shop => {
  const { telegram, paypay, paypal } = providers
  const told: Record<'paypay' | 'paypal', number> = { paypay: 0, paypal: 0 }

  /** By the seed, as everything here is. */
  const newId = (): CommandId => {
    const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256))
    return commandIdSchema.parse(v7({ msecs: clock.now(), random: bytes }))
  }
  const rest: Shop['rest'] = (ms) => pause(ms, undefined, { signal }).catch(() => undefined)

  /** The row once it is so, or as it is when patience ends. */
  const becomes = async (payment: PaymentId, so: Seen, most = patienceMs): Promise<PaymentRow | undefined> => {
    for (const end = performance.now() + most; ; await rest(lookMs)) {
      const row = await context.read.get(payments, payment)
      if ((row && so(row)) || signal.aborted || performance.now() > end) return row
    }
  }
  const receive = async (name: ProviderName, { headers, body }: FakeWebhook): Promise<void> => {
    const source = messageSourceOf(name)
    await context.receive({ source, id: webhookItemId(headers, body), body: new Uint8Array(body), headers })
  }
  /** Providers post what happened: at least once, now and then twice. */
  const post = async (): Promise<void> => {
    for (const name of ['paypay', 'paypal'] as const) {
      const fresh = providers[name].webhooks.slice(told[name])
      told[name] += fresh.length
      for (const sent of fresh) {
        await receive(name, sent)
        if (random() < 0.05) await receive(name, sent)
      }
    }
  }

  const order = async (sale: Sale): Promise<Sold> => {
    const { provider, currency, minor, merchant, taxRate, title, note, fate } = sale
    const id = newId()
    const intent = fate === 'reserved' ? 'authorise' : 'capture'
    const amount = { currency, minor: String(minor) }
    const terms = { merchant, taxRate, intent, title, note } as const
    await context.submit({ command: createPayment, id, params: { provider, amount, ...terms } })
    return { ...sale, payment: paymentIdSchema.parse(id) }
  }

  const buy = async ({ provider, payment, fate, buyer }: Sold): Promise<void> => {
    if (fate === 'waiting') return
    if (fate === 'failed') paypay.fail(payment)
    else if (fate === 'expired') paypay.expire(payment)
    else if (provider === 'stars') await telegram.pay(payment, buyer)
    else if (provider === 'paypay') paypay.pay(payment)
    else paypal.approve(payment, buyer)
  }
  const isSettled = (fate: Sale['fate']): Seen => {
    if (fate === 'waiting') return ({ link }) => link !== null
    if (fate === 'reserved') return ({ state, ended }) => state === 'authorised' || ended !== null
    if (fate === 'failed' || fate === 'expired') return ({ ended }) => ended !== null
    return ({ captures, ended }) => captures.length > 0 || ended !== null
  }

  const refund = async (row: PaymentRow, minor: bigint, reason: string): Promise<void> => {
    const amount = { currency: row.currency, minor: minor.toString() }
    const of = { payment: row.payment, capture: row.captures[0]?.id ?? '', left: refundable(row).toString() }
    await context.submit({ command: refundPayment, id: newId(), params: { ...of, amount, reason } })
  }
  /** Time passes, so that whoever asks again asks. */
  const wait = (minutes: number): void => clock.moveTo(clock.now() + Math.round(minutes * minute))

  const after = async ({ fate, payment }: Pick<Sold, 'fate' | 'payment'>): Promise<void> => {
    const row = await context.read.get(payments, payment)
    if (!row || row.captures.length === 0) return
    const all = refundable(row)
    if (fate === 'refunded' || fate === 'refunded-in-part') {
      await refund(row, fate === 'refunded' ? all : all / 4n, fate === 'refunded' ? '注文の取り消し' : '一部欠品')
      await becomes(payment, ({ acts }) => acts.every(({ state }) => state !== 'asked'))
      await post()
      wait(2)
      await becomes(payment, ({ sums }) => sums.refunded !== '0')
    } else if (fate === 'refunded-elsewhere') {
      paypay.cancelElsewhere(payment)
      const again = paypay.webhooks.find(({ body }) => body.includes(payment))
      if (again) await receive('paypay', again)
      await post()
      await becomes(payment, ({ sums }) => sums.refunded !== '0')
    } else if (fate === 'unknown') {
      const answer = paypalError(500, 'INTERNAL_SERVER_ERROR')
      const lost = Array.from({ length: 1_000 }, () => ({ kind: 'answer', answer }) as const)
      paypal.server.next(new RegExp(`/captures/${row.captures[0]?.id}/refund$`), ...lost)
      await refund(row, all, '返品')
      await becomes(payment, ({ state }) => state === 'unknown')
    } else if (fate === 'disputed' || fate === 'dispute-won') {
      const dispute = paypal.dispute(payment)
      await post()
      await becomes(payment, ({ state }) => state === 'disputed')
      if (fate === 'disputed') return
      wait(5)
      paypal.resolve(dispute, 'RESOLVED_SELLER_FAVOUR')
      await post()
      await becomes(payment, ({ disputes: [one] }) => one?.state === 'won')
    }
  }

  const sell = async (sales: readonly Sale[]): Promise<void> => {
    const sold: Sold[] = []
    for (const sale of sales) {
      if (sold.length > 0) wait(random() * 2)
      const one = await order(sale)
      // A call that is under way while time leaps is signed for another time, and refused.
      await becomes(one.payment, ({ link, ended }) => link !== null || ended !== null)
      sold.push(one)
    }
    wait(1)
    await Promise.all(sold.map(buy))
    await post()
    if (sold.some(({ fate }) => fate === 'expired' || fate === 'failed')) wait(6)
    await Promise.all(sold.map(({ payment, fate }) => becomes(payment, isSettled(fate))))
    for (const one of sold) if (!signal.aborted) await after(one)
  }

  const serveOne = async (row: PaymentRow): Promise<void> => {
    const { payment, provider } = row
    const one = { provider, payment, fate: fateOf(row), buyer: 1_000 }
    if (one.fate === 'waiting') return
    await buy(one)
    await post()
    // However long it takes: nothing else waits for it.
    await becomes(payment, isSettled(one.fate), Number.POSITIVE_INFINITY)
    await post()
    if (one.fate !== 'disputed') return
    await rest(sightMs)
    await after(one)
  }
  const served = new Set<PaymentId>()
  const toServe = async (): Promise<readonly PaymentRow[]> => {
    const links = (await context.read.list(questions)).filter(({ reason }) => reason === 'link')
    const rows = await Promise.all(links.map(({ payment }) => context.read.get(payments, payment)))
    return rows.filter(
      (row) =>
        row !== undefined &&
        row.link !== null &&
        row.by !== shopkeeper &&
        !served.has(row.payment) &&
        clock.now() - row.changedAt >= sightMs,
    ) as readonly PaymentRow[]
  }
  const serve = async (): Promise<void> => {
    const failed = Promise.withResolvers<never>()
    const looking = async (): Promise<void> => {
      for (; !signal.aborted; await rest(servedEveryMs))
        for (const row of await toServe()) {
          served.add(row.payment)
          serveOne(row).catch(failed.reject)
        }
    }
    await Promise.race([looking(), failed.promise])
  }

  const morning = async (day: number, stranger: boolean): Promise<void> => {
    const date = dayText(day).replaceAll('-', '/')
    const text = paypay.statement(date)
    // Somebody paid at a till that this backend knows nothing of.
    const line = `"04799999999999999999","${paypay.merchantId}","店頭レジ","","","","取引完了","${date} 15:21:09","880","","PayPay残高","","{}"\n`
    await receive('paypay', paypay.file(stranger ? `${text}${line}` : text))
    const begun = performance.now()
    for (let tries = 1; tries < 4 && !signal.aborted; await rest(lookMs)) {
      const names: readonly ProviderName[] = ['stars', 'paypay', 'paypal']
      const rows = await Promise.all(names.map((name) => context.read.get(closings, closingKey(name, day))))
      if (rows.every((row) => row === undefined || row.closedAt !== null)) return
      // Asked before the account had come: a closing tries again after half an hour.
      if (performance.now() - begun > tries * closingMs) {
        wait(31)
        tries++
      }
    }
  }

  return {
    rest,
    serve,
    live: async (step) => {
      clock.moveTo(step.at)
      if (step.kind === 'sales') await sell(step.sales)
      else await morning(step.day, step.stranger)
    },
  }
}
