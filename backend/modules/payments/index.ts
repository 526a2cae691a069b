import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import { actIdSchema, type ProviderName, paymentIdSchema, providers } from '#protocol/payments.ts'
import { bookFiles, bookNames, bookNamesSet, booksWritten, rateRecorded, rates } from '#protocol/payments-books.ts'
import { changesLooked, lookedThrough, recordLooked } from '#protocol/payments-changes.ts'
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
import { evidenceKept, paymentEvidence, recordEvidence } from '#protocol/payments-evidence.ts'
import { healthOf, isAway, type ProviderHealthRow } from '#protocol/payments-health.ts'
import {
  messageOpened,
  messageOpenings,
  messageReplayed,
  messageSourceOf,
  replayMessage,
} from '#protocol/payments-inbox.ts'
import {
  documentNumbers,
  invoiced,
  invoiceIssued,
  invoices,
  issuerConfigured,
  issuers,
} from '#protocol/payments-invoices.ts'
import { paymentPromised, promises, recordPromise } from '#protocol/payments-promises.ts'
import {
  accounts,
  actAnswered,
  actAsked,
  caseChanged,
  caseOpened,
  cases,
  days,
  entryPosted,
  payerSealed,
  payers,
  paymentCreated,
  paymentOffered,
  paymentSeen,
  payments,
  type QuestionRow,
  questionDropped,
  questions,
  references,
  transfers,
} from '#protocol/payments-records.ts'
import { providerConfigured, sealedKeys, settings } from '#protocol/payments-settings.ts'
import { lots } from '#protocol/payments-stars.ts'
import {
  defineModule,
  type Job,
  type ModuleContext,
  type ModuleDefinition,
  type RunningModule,
  type WebhookWay,
} from '../../kernel/module.ts'
import { traceOf } from '../../kernel/trace.ts'
import { adapters } from './adapters.ts'
import { bookHandlers, bookProjections } from './books.ts'
import { type Closer, createCloser } from './closer.ts'
import { dueDays } from './closing.ts'
import { closingHandlers } from './closing-handlers.ts'
import { type Connections, openConnections } from './connections.ts'
import { createDesk, type Desk } from './desk.ts'
import { evidenceHandlers, evidenceProjections } from './evidence.ts'
import { findingHandlers } from './findings.ts'
import { invoiceHandlers, invoiceProjections } from './invoices.ts'
import {
  changeHandlers,
  changeProjections,
  lookAtRecent,
  lookEveryMs,
  lookForChanges,
  recentEveryMs,
} from './looker.ts'
import { createMessages, type Messages, messageHandlers, messageProjections } from './messages.ts'
import { orderHandlers } from './orders.ts'
import { projections } from './projections.ts'
import { promiseHandlers, promiseProjections, promising } from './promises.ts'
import type { CreateProvider, ProviderSettings } from './provider.ts'
import { dueNow } from './schedule.ts'
import { settingsHandlers, settingsProjections } from './settings.ts'
import { createProviderWatch } from './watch.ts'

export interface PaymentsDeps {
  /** Of LIBRAL_PAYMENTS_FILE; they win over what was set in the app. */
  readonly fixed?: Readonly<Partial<Record<ProviderName, ProviderSettings>>>
  /** For tests: other adapters than those of this build. */
  readonly adapters?: Readonly<Partial<Record<ProviderName, CreateProvider>>>
  /** For tests: how often questions are looked through. */
  readonly everyMs?: number
  /** For tests: how often providers' lists are looked through. */
  readonly looksEveryMs?: number
  /** Given once the module runs, taken back when it ends. */
  readonly running?: (services: PaymentServices | null) => void
}

/** What of payments is no row, for the transport and for telemetry. */
export interface PaymentServices extends Messages, Pick<Connections, 'sealTo' | 'test'> {
  health(): readonly ProviderHealthRow[]
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
const actEffect = 'payments.act'
const askedOf = (act: string, payment: string) => ({ effect: actEffect, payload: { payment, act } })
const closeEffect = 'payments.close'
const replayEffect = 'payments.replay'
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
    collections: [
      payments,
      transfers,
      accounts,
      days,
      cases,
      questions,
      references,
      payers,
      paymentEvidence,
      messageOpenings,
      settings,
      sealedKeys,
      closings,
      movements,
      lookedThrough,
      promises,
      lots,
      invoices,
      invoiced,
      documentNumbers,
      issuers,
      bookNames,
      rates,
      bookFiles,
    ],
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
      evidenceKept,
      closingAsked,
      dayClosed,
      closingDelayed,
      changesLooked,
      paymentPromised,
      messageOpened,
      messageReplayed,
      providerConfigured,
      issuerConfigured,
      invoiceIssued,
      bookNamesSet,
      rateRecorded,
      booksWritten,
    ],
    handlers: [
      ...[...orderHandlers, ...findingHandlers, ...closingHandlers, ...messageHandlers, ...settingsHandlers],
      ...[...invoiceHandlers, ...bookHandlers, ...evidenceHandlers, ...changeHandlers, ...promiseHandlers],
    ],
    projections: [
      ...[...projections, ...messageProjections, ...settingsProjections],
      ...[
        ...invoiceProjections,
        ...bookProjections,
        ...evidenceProjections,
        ...changeProjections,
        ...promiseProjections,
      ],
    ],
    signs: [
      ...[recordAnswer, recordOffer, recordSnapshot, dropQuestion, recordCase, recordPayer],
      ...[recordDifference, recordClosing, recordClosingDelay, recordEvidence, recordLooked, recordPromise],
    ],
    webhooks: providers.map((name) => ({ name, source: messageSourceOf(name), ...webhookHeaders[name] })),
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
      {
        on: messageReplayed,
        request: (data) => ({ effect: replayEffect, payload: messageReplayed.data.parse(data) }),
      },
    ],
    start: (context) => start(context, deps),
  })

const start = async (context: ModuleContext, deps: PaymentsDeps): Promise<RunningModule> => {
  const ended = new AbortController()
  const watch = createProviderWatch(context.now)
  const desk = createDesk({
    context,
    provider: (name) => connections.get(name)?.adapter,
    payerKey: context.secret('payers'),
  })
  const connections: Connections = await openConnections({
    context,
    fixed: deps.fixed ?? {},
    adapters: { ...adapters, ...deps.adapters },
    watch,
    hostOf: (name) => ({
      now: context.now,
      mayPay: desk.mayPay,
      promise: promising(context, desk),
      deliver: async (message) => {
        const id = connections.get(name)?.adapter.messageId(message) ?? ''
        await context.receive({ source: messageSourceOf(name), id, body: message.body, headers: message.headers })
      },
    }),
  })
  const closer = createCloser({ context, desk, provider: (name) => connections.get(name)?.adapter })
  const backlog = createBacklog()
  const services: PaymentServices = {
    ...createMessages(context),
    sealTo: connections.sealTo,
    test: connections.test,
    health: () => providers.map((name) => ({ ...connections.health(name), ...backlog.of(name) })),
  }
  deps.running?.(services)
  return {
    effects: [
      {
        effect: actEffect,
        run: async (payload, trial) => {
          const { payment, act } = payloadSchema.parse(payload)
          await desk.carryOut(payment, act, trial)
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
      {
        effect: replayEffect,
        run: async (payload) => {
          const { provider, message } = replayMessage.params.parse(payload)
          await context.inbox.again(messageSourceOf(provider), message)
          return undefined
        },
      },
    ],
    inbox: providers.map((name) => ({
      source: messageSourceOf(name),
      // Without settings it waits, for its thirty days at most.
      ready: () => connections.get(name) !== undefined,
      judge: async (item) => {
        const connection = connections.get(name)
        if (!connection) throw new LibralError('outgoing.unavailable', { name, reason: 'not-configured' })
        return desk.judge(connection.adapter, item, ended.signal)
      },
    })),
    jobs: [
      janitor(context, desk, backlog, deps.everyMs ?? 3_000),
      closing(
        context,
        closer,
        () => providers.filter((name) => connections.get(name) !== undefined),
        deps.everyMs ?? 60_000,
      ),
      listening('stars', connections),
      lookForChanges({ context, name: 'paypal', connections, everyMs: deps.looksEveryMs ?? lookEveryMs }),
      lookAtRecent({ context, name: 'paypal', connections, everyMs: deps.looksEveryMs ?? recentEveryMs }),
    ],
    health: () => {
      const away = services.health().filter((row) => isAway(healthOf(row, context.now())))
      return { ok: away.length === 0, reason: away[0] ? `${away[0].provider}-away` : '' }
    },
    stop: async () => {
      deps.running?.(null)
      connections.stop()
      ended.abort()
    },
  }
}

/** What has to be asked of each provider, as the janitor saw it last. */
const createBacklog = () => {
  let open: readonly QuestionRow[] = []
  return {
    seen: (rows: readonly QuestionRow[]): void => {
      open = rows
    },
    of: (name: ProviderName): Pick<ProviderHealthRow, 'questions' | 'oldestQuestionAt'> => {
      // What a fee was holds nothing up: some providers tell it days later, Telegram never.
      const its = open.filter(({ provider, reason }) => provider === name && reason !== 'fee')
      const oldest = its.reduce<number | null>((least, { since }) => Math.min(least ?? since, since), null)
      return { questions: its.length, oldestQuestionAt: oldest }
    },
  }
}
type Backlog = ReturnType<typeof createBacklog>

const askedAtOnce = 8

/** Asks what is due. What it asked when is kept in memory alone: after a restart everything is asked once more. */
const janitor = (context: ModuleContext, desk: Desk, backlog: Backlog, everyMs: number): Job => {
  const asked = new Map<string, number>()
  return {
    name: 'janitor',
    everyMs,
    run: async ({ signal }) => {
      const open = await context.read.list(questions)
      backlog.seen(open)
      const standing = new Set(open.map(({ payment }) => payment as string))
      for (const payment of asked.keys()) if (!standing.has(payment)) asked.delete(payment)
      const due = dueNow(open, asked, context.now())
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
const closing = (
  context: ModuleContext,
  closer: Closer,
  names: () => readonly ProviderName[],
  everyMs: number,
): Job => {
  const tried = new Map<string, number>()
  return {
    name: 'closing',
    everyMs,
    run: async ({ signal }) => {
      const rows = await context.read.list(closings)
      for (const name of names()) {
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
const listening = (name: ProviderName, connections: Connections): Job => ({
  name: `listen-${name}`,
  everyMs: 1_000,
  run: async ({ signal }) => {
    const turn = AbortSignal.any([signal, AbortSignal.timeout(turnMs)])
    while (!turn.aborted) {
      const connection = await connections.when(name, turn)
      if (!connection) return
      await connection.adapter.listen?.(connection.host, AbortSignal.any([turn, connection.ended]))
    }
  },
})
