import type { Instant } from '#protocol/ids.ts'
import { capturePayment, createPayment, refundPayment } from '#protocol/payments-commands.ts'
import { payments } from '#protocol/payments-records.ts'
import { defineModule, type ModuleContext, type ModuleDefinition } from '../kernel/module.ts'
import { traceOf } from '../kernel/trace.ts'
import type { PaymentsDeps } from '../modules/payments/index.ts'
import { createPayPal } from '../modules/payments/paypal/adapter.ts'
import type { ProviderSettings } from '../modules/payments/provider.ts'
import type { Log } from '../transport/services.ts'
import { createDemoClock, type DemoClock } from './clock.ts'
import { demoDays, planOf, saleOf } from './plan.ts'
import { seeded } from './providers/faulty-http.ts'
import { startFakePayPal } from './providers/paypal.ts'
import { startFakePayPay } from './providers/paypay.ts'
import { startFakeTelegram } from './providers/telegram.ts'
import { createShop, type DemoProviders } from './shop.ts'

/**
 * A deployment that shows how payments look: three providers on this machine's loopback that speak the real protocols, and a
 * shop that sells by them. Whatever stands in its log came about by commands and webhooks, as in anybody's.
 */
export interface Demo {
  /** Of the past while the past is made. */
  readonly now: () => Instant
  readonly payments: PaymentsDeps
  readonly module: ModuleDefinition
  /** The past is made; nobody is let in before. */
  readonly seeded: Promise<void>
  readonly close: () => Promise<void>
}

const dayMs = 86_400_000
export interface Pace {
  /** Between two sales while it runs. */
  readonly restMs: readonly [least: number, most: number]
  /** Before a link of an operator's is paid, and before a buyer who will complain does. */
  readonly sightMs: number
}
const usualPace: Pace = { restMs: [6_000, 15_000], sightMs: 5_000 }

export const openDemo = async (seed: number, log: Log, pace = usualPace): Promise<Demo> => {
  const opened = Date.now()
  const clock = createDemoClock(opened - (demoDays + 1) * dayMs)
  const of = { seed: seed + 1, now: clock.now }
  const [telegram, paypay, paypal] = await Promise.all([
    startFakeTelegram(of),
    startFakePayPay(of),
    startFakePayPal(of),
  ])
  const providers: DemoProviders = { telegram, paypay, paypal }
  const ending = new AbortController()
  const made = Promise.withResolvers<void>()
  return {
    now: clock.now,
    payments: paymentsOf(providers),
    module: shopModule({ pace, seed, opened, clock, providers, ending: ending.signal, made: made.resolve, log }),
    seeded: made.promise,
    close: async () => {
      ending.abort()
      made.resolve()
      await Promise.all([telegram.close(), paypay.close(), paypal.close()])
    },
  }
}

/** They stand before what is set in the app, as a file of settings does: no other address can take their place. */
const paymentsOf = ({ telegram, paypay, paypal }: DemoProviders): PaymentsDeps => {
  const settings = (
    baseAddress: string,
    values: Readonly<Record<string, string>>,
    secrets: Readonly<Record<string, string>>,
  ): ProviderSettings => ({ baseAddress, values, secret: (name) => secrets[name] })
  const { address } = paypay.server
  return {
    everyMs: 400,
    adapters: { paypal: createPayPal({ roots: [paypal.authority.root] }) },
    fixed: {
      stars: settings(telegram.server.address, {}, { botToken: telegram.token }),
      paypay: settings(
        address,
        { merchantId: paypay.merchantId, fileOrigins: address },
        { apiKey: paypay.key, apiSecret: paypay.secret },
      ),
      paypal: settings(
        paypal.server.address,
        { clientId: paypal.clientId, webhookId: paypal.webhookId, returnAddress: 'https://shop.example/thanks' },
        { clientSecret: paypal.clientSecret },
      ),
    },
  }
}

interface ShopParts {
  readonly seed: number
  readonly opened: Instant
  readonly clock: DemoClock
  readonly providers: DemoProviders
  readonly ending: AbortSignal
  readonly made: () => void
  readonly pace: Pace
  readonly log: Log
}

/** What it does is signed by its own service key, so that every entry of the log says who made it up. */
const shopModule = (parts: ShopParts): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'demo',
      version: '1.0.0',
      essential: false,
      needs: ['payments'],
      restarts: { max: 3, withinMs: 60_000 },
    },
    ...{ collections: [], events: [], handlers: [], projections: [] },
    signs: [createPayment, capturePayment, refundPayment],
    start: async (context) => {
      const stopping = new AbortController()
      const running = run(context, parts, AbortSignal.any([stopping.signal, parts.ending]))
      return {
        health: () => ({ ok: true, reason: '' }),
        stop: async () => {
          stopping.abort()
          await running
        },
      }
    },
  })

const run = async (context: ModuleContext, parts: ShopParts, signal: AbortSignal): Promise<void> => {
  const { seed, opened, clock, providers, made, log } = parts
  const { restMs, sightMs } = parts.pace
  const random = seeded(seed ^ 0x5eed)
  const shop = createShop({ context, clock, providers, random, signal, sightMs })
  try {
    // One that was started again goes on where its log is; the providers have forgotten what was before.
    const [any] = await context.read.list(payments)
    for (const step of any ? [] : planOf(seed, opened)) {
      if (signal.aborted) break
      await shop.live(step)
    }
    clock.letGo()
    made()
    const sell = async (): Promise<void> => {
      while (!signal.aborted) {
        await shop.rest(restMs[0] + random() * (restMs[1] - restMs[0]))
        if (!signal.aborted) await shop.live({ kind: 'sales', at: clock.now(), sales: [saleOf(random)] })
      }
    }
    await Promise.all([sell(), shop.serve()])
  } catch (thrown) {
    if (!signal.aborted) log.error('demo.ended', traceOf(thrown))
  } finally {
    clock.letGo()
    made()
  }
}
