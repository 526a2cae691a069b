import { z } from 'zod'
import { actIdSchema, type ProviderName, paymentIdSchema, providers } from '#protocol/payments.ts'
import {
  closingAsked,
  closingDelayed,
  closingKey,
  closings,
  dayClosed,
  movements,
  recordClosing,
  recordClosingDelay,
  recordDifference,
} from '#protocol/payments-closings.ts'
import {
  dropQuestion,
  recordAnswer,
  recordCase,
  recordOffer,
  recordPayer,
  recordSnapshot,
} from '#protocol/payments-commands.ts'
import {
  accounts,
  actAnswered,
  actAsked,
  caseChanged,
  caseOpened,
  cases,
  entryPosted,
  payerSealed,
  payers,
  paymentCreated,
  paymentOffered,
  paymentSeen,
  payments,
  questionDropped,
  questions,
  references,
  transfers,
} from '#protocol/payments-records.ts'
import {
  defineModule,
  type Job,
  type ModuleContext,
  type ModuleDefinition,
  type RunningModule,
  type WebhookWay,
} from '../../kernel/module.ts'
import { traceOf } from '../../kernel/trace.ts'
import { type Closer, createCloser } from './closer.ts'
import { dueDays } from './closing.ts'
import { closingHandlers } from './closing-handlers.ts'
import { createDesk, type Desk } from './desk.ts'
import { findingHandlers } from './findings.ts'
import { orderHandlers } from './orders.ts'
import { projections } from './projections.ts'
import type { Provider, ProviderHost } from './provider.ts'
import { isDue } from './schedule.ts'

export interface PaymentsDeps {
  /** The adapters of this deployment, made anew at each start; none: payments wait until there are. */
  readonly providers?: Readonly<Partial<Record<ProviderName, (host: ProviderHost) => Provider>>>
  /** For tests: how often questions are looked through. */
  readonly everyMs?: number
}

/** Kept of a webhook beside its body: what the providers' signatures and secrets are in. */
const webhookHeaders: Readonly<Record<ProviderName, Pick<WebhookWay, 'headers' | 'secretHeaders'>>> = {
  stars: { headers: [], secretHeaders: ['x-telegram-bot-api-secret-token'] },
  paypay: { headers: ['x-request-id'] },
  paypal: {
    headers: ['id', 'time', 'sig']
      .map((name) => `paypal-transmission-${name}`)
      .concat('paypal-cert-url', 'paypal-auth-algo'),
  },
}
const sourceOf = (provider: ProviderName): string => `payments.${provider}`

const actEffect = 'payments.act'
const askedOf = (act: string, payment: string) => ({ effect: actEffect, payload: { payment, act } })
const closeEffect = 'payments.close'
const payloadSchema = z.strictObject({ payment: paymentIdSchema, act: actIdSchema })

/** 決済: one ledger over all providers. How a provider is spoken to is its adapter's (provider.ts). */
export const createPayments = (deps: PaymentsDeps = {}): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'payments',
      version: '1.0.0',
      essential: false,
      needs: ['sealed'],
      restarts: { max: 5, withinMs: 60_000 },
    },
    collections: [payments, transfers, accounts, cases, questions, references, payers, closings, movements],
    events: [
      paymentCreated,
      actAsked,
      actAnswered,
      paymentOffered,
      paymentSeen,
      questionDropped,
      entryPosted,
      caseOpened,
      caseChanged,
      payerSealed,
      closingAsked,
      dayClosed,
      closingDelayed,
    ],
    handlers: [...orderHandlers, ...findingHandlers, ...closingHandlers],
    projections,
    signs: [
      ...[recordAnswer, recordOffer, recordSnapshot, dropQuestion, recordCase, recordPayer],
      ...[recordDifference, recordClosing, recordClosingDelay],
    ],
    webhooks: providers.map((name) => ({ name, source: sourceOf(name), ...webhookHeaders[name] })),
    triggers: [
      {
        on: paymentCreated,
        request: (data) => {
          const { payment } = paymentCreated.data.parse(data)
          return askedOf(payment, payment)
        },
      },
      {
        on: actAsked,
        request: (data) => {
          const { act, payment } = actAsked.data.parse(data)
          return askedOf(act, payment)
        },
      },
      { on: closingAsked, request: (data) => ({ effect: closeEffect, payload: closingAsked.data.parse(data) }) },
    ],
    start: (context) => start(context, deps),
  })

const start = async (context: ModuleContext, deps: PaymentsDeps): Promise<RunningModule> => {
  const ended = new AbortController()
  const adapters = new Map<ProviderName, Provider>()
  const desk = createDesk({
    context,
    provider: (name) => adapters.get(name),
    payerKey: context.secret('payers'),
  })
  const closer = createCloser({ context, desk, provider: (name) => adapters.get(name) })
  const hostOf = (name: ProviderName): ProviderHost => ({
    now: context.now,
    mayPay: desk.mayPay,
    deliver: async (message) => {
      const id = adapters.get(name)?.messageId(message) ?? ''
      await context.receive({ source: sourceOf(name), id, body: message.body, headers: message.headers })
    },
  })
  for (const name of providers) {
    const adapter = deps.providers?.[name]?.(hostOf(name))
    if (adapter) adapters.set(name, adapter)
  }
  return {
    effects: [
      {
        effect: actEffect,
        run: async (payload, { signal }) => {
          const { payment, act } = payloadSchema.parse(payload)
          await desk.carryOut(payment, act, signal)
          return undefined
        },
      },
      {
        effect: closeEffect,
        run: async (payload, { signal }) => {
          const { provider, day } = closingAsked.data.parse(payload)
          await closer.close(provider, day, signal)
          return undefined
        },
      },
    ],
    inbox: [...adapters.values()].map((adapter) => ({
      source: sourceOf(adapter.name),
      judge: (item) => desk.judge(adapter, item, ended.signal),
    })),
    jobs: [
      janitor(context, desk, deps.everyMs ?? 3_000),
      closing(context, closer, [...adapters.keys()], deps.everyMs ?? 60_000),
      ...[...adapters.values()].flatMap((one) => listening(one, hostOf(one.name))),
    ],
    health: () => ({ ok: true, reason: '' }),
    stop: async () => ended.abort(),
  }
}

const askedAtOnce = 8

/** Asks what is due. What it asked when is kept in memory alone: after a restart everything is asked once more. */
const janitor = (context: ModuleContext, desk: Desk, everyMs: number): Job => {
  const asked = new Map<string, number>()
  return {
    name: 'janitor',
    everyMs,
    run: async ({ signal }) => {
      const open = await context.read.list(questions)
      const standing = new Set(open.map(({ payment }) => payment as string))
      for (const payment of asked.keys()) if (!standing.has(payment)) asked.delete(payment)
      const due = open.filter((one) => isDue(one, asked.get(one.payment) ?? null, context.now()))
      for (let at = 0; at < due.length && !signal.aborted; at += askedAtOnce) {
        await Promise.all(
          due.slice(at, at + askedAtOnce).map(async (one) => {
            asked.set(one.payment, context.now())
            await desk
              .ask(one, signal)
              .catch((thrown: unknown) => context.log.warn('payments.ask-failed', traceOf(thrown)))
          }),
        )
      }
    },
  }
}

/** Closes the days that are over; what it tried when is kept in memory alone. */
const closing = (context: ModuleContext, closer: Closer, names: readonly ProviderName[], everyMs: number): Job => {
  const tried = new Map<string, number>()
  return {
    name: 'closing',
    everyMs,
    run: async ({ signal }) => {
      const rows = await context.read.list(closings)
      for (const name of names) {
        for (const day of dueDays(rows, name, context.now(), tried)) {
          if (signal.aborted) return
          tried.set(closingKey(name, day), context.now())
          await closer
            .close(name, day, signal)
            .catch((thrown: unknown) => context.log.warn('payments.closing-failed', traceOf(thrown)))
        }
      }
    },
  }
}

/** One instance listens at a time; in turns that end well before the job's lease does. */
const turnMs = 60_000
const listening = (adapter: Provider, host: ProviderHost): readonly Job[] => {
  const listen = adapter.listen?.bind(adapter)
  if (!listen) return []
  const run: Job['run'] = ({ signal }) => listen(host, AbortSignal.any([signal, AbortSignal.timeout(turnMs)]))
  return [{ name: `listen-${adapter.name}`, everyMs: 1_000, run }]
}
