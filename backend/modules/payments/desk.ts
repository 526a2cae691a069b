import { createHmac } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { type Money, moneyText } from '#protocol/money.ts'
import { type PayerId, type PaymentId, type ProviderName, payerIdSchema } from '#protocol/payments.ts'
import { lifeOf, openActs, sumsOf } from '#protocol/payments-actions.ts'
import {
  dropQuestion,
  recordAnswer,
  recordCase,
  recordOffer,
  recordPayer,
  recordSnapshot,
  type SeenSnapshot,
  snapshotSchema,
} from '#protocol/payments-commands.ts'
import { moneyStateOf } from '#protocol/payments-life.ts'
import {
  type ActRow,
  type PaymentRow,
  payers,
  payments,
  type QuestionRow,
  questions,
  referenceKey,
  references,
} from '#protocol/payments-records.ts'
import type { InboxVerdict, ModuleContext } from '../../kernel/module.ts'
import { traceOf } from '../../kernel/trace.ts'
import type { InboxItem } from '../../storage/port.ts'
import { keepingEvidence } from './evidence.ts'
import { eventsOf } from './findings.ts'
import { idsIn } from './merge.ts'
import { messageKind } from './message-kind.ts'
import type { Acted, Created, PaymentRef, Provider, ProviderHost, Refused, Snapshot } from './provider.ts'
import { isOver, longUnknownMs } from './schedule.ts'
import { telling } from './tell.ts'

/** `attempt`: 1 for the first. An earlier one may have got through, whatever became of it. */
export interface Trial {
  readonly attempt: number
  readonly signal: AbortSignal
}

/**
 * Where the pure centre meets the providers: carries out what was asked, asks what became of it, and records what is news.
 * It holds no state, so that it may end at any line and begin again.
 */
export interface Desk {
  /** Once an act is in the outbox; at least once. @throws when the provider is busy or away: it is tried again */
  carryOut(payment: PaymentId, act: string, trial: Trial): Promise<void>
  /** Asks the provider what there is; does what may not have happened once more, under the same key. */
  ask(question: QuestionRow, signal: AbortSignal): Promise<void>
  /** Asks for one payment now, and records what is news. @throws when the provider gives no answer */
  look(payment: PaymentId, signal: AbortSignal): Promise<void>
  /** A message from outside: a hint, confirmed before it counts. @throws when that can't be done now */
  judge(provider: Provider, item: InboxItem, signal: AbortSignal): Promise<InboxVerdict>
  readonly mayPay: ProviderHost['mayPay']
}

export interface DeskDeps {
  readonly context: Pick<ModuleContext, 'now' | 'read' | 'submit' | 'log' | 'deployment' | 'keepEvidence'>
  readonly provider: (name: ProviderName) => Provider | undefined
  /** 32 bytes that only the deployment has. */
  readonly payerKey: Uint8Array
}

/** Base32 in lower case, 26 characters: 130 bits of the HMAC. */
const payerIdOf = (key: Uint8Array, provider: ProviderName, account: string): PayerId => {
  const digest = createHmac('sha256', key).update(`${provider}\n${account}`).digest()
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = Array.from(
    { length: 26 },
    (_, at) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(bits.slice(at * 5, at * 5 + 5), 2)],
  )
  return payerIdSchema.parse(letters.join(''))
}

const moneyOf = ({ currency, minor }: Money) => ({ currency, minor: minor.toString() })

/** As it is recorded: text for amounts, an id for the buyer. */
export const seenOf = (snapshot: Snapshot, payer: PayerId | null): SeenSnapshot => ({
  reference: snapshot.reference,
  amount: moneyOf(snapshot.amount),
  state: snapshot.state,
  authorisation: snapshot.authorisation && {
    ...snapshot.authorisation,
    amount: moneyOf(snapshot.authorisation.amount),
  },
  captures: snapshot.captures.map((one) => ({ ...one, amount: moneyOf(one.amount), fee: one.fee && moneyOf(one.fee) })),
  refunds: snapshot.refunds.map((one) => ({
    ...one,
    amount: moneyOf(one.amount),
    feeBack: one.feeBack && moneyOf(one.feeBack),
  })),
  disputes: snapshot.disputes.map((one) => ({ ...one, amount: moneyOf(one.amount) })),
  payer,
})

const refOf = (row: PaymentRow): PaymentRef => ({
  payment: row.payment,
  reference: row.reference === '' ? null : row.reference,
  orderedAt: row.at,
  reserves: row.intent === 'authorise',
})
const codeOf = (code: string): string => code.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64)

/** Asks for one act of a row. Repeating it is safe: the act's id is the provider's idempotency key. */
const perform = (provider: Provider, row: PaymentRow, one: ActRow, signal: AbortSignal): Promise<Acted | Created> => {
  const { act, of } = one
  const amount = { currency: row.currency, minor: BigInt(one.minor) }
  const call = { signal }
  switch (one.kind) {
    case 'create':
      return provider.create(
        { payment: row.payment, act, amount, title: row.title, intent: row.intent, orderedAt: row.at },
        call,
      )
    case 'capture':
      return provider.capture({ ...refOf(row), act, authorisation: of, amount }, call)
    case 'refund':
      return provider.refund(
        { ...refOf(row), act, capture: of, amount, whole: amount.minor === sumsOf(row).captured },
        call,
      )
    case 'cancel':
      return provider.cancel({ ...refOf(row), act, of: targetOf(row, of), id: of === '' ? null : of }, call)
  }
}
const targetOf = (row: PaymentRow, of: string): 'link' | 'authorisation' | 'capture' => {
  if (of === '') return 'link'
  return row.captures.some(({ id }) => id === of) ? 'capture' : 'authorisation'
}

const busy = (provider: ProviderName, code: string): LibralError =>
  new LibralError('outgoing.unavailable', { name: provider, reason: codeOf(code) })

export const createDesk = ({ context, provider, payerKey }: DeskDeps): Desk => {
  const { read, log } = context

  const tell = telling(context)
  const keepEvidence = keepingEvidence(context)

  const answered = async (row: PaymentRow, { act, kind }: ActRow, result: Acted | Created): Promise<void> => {
    if (result.is === 'busy') return
    if (result.is === 'created') {
      const { reference, url, expiresAt } = result
      await tell(recordOffer, { payment: row.payment, reference, link: { url, expiresAt } })
      return
    }
    const code = result.is === 'accepted' ? '' : codeOf(result.code)
    await tell(recordAnswer, { payment: row.payment, act, kind, state: result.is, code })
  }

  const carryOut: Desk['carryOut'] = async (payment, act, { attempt, signal }) => {
    const row = await read.get(payments, payment)
    const one = row?.acts.find((of) => of.act === act)
    // Answered already; an unknown one is the janitor's.
    if (!row || one?.state !== 'asked') return
    const adapter = provider(row.provider)
    if (!adapter) throw busy(row.provider, 'not-configured')
    const result = await perform(adapter, row, one, signal)
    if (result.is === 'busy') throw busy(row.provider, result.code)
    if (result.is === 'refused' && attempt > 1) return refusedAgain(adapter, row, one, { result, signal })
    await answered(row, one, result)
    // What it did is told at once: somebody waits, and the janitor comes seconds later. It asks on where this gets no answer.
    if (result.is === 'accepted') await look(payment, signal).catch(() => undefined)
  }

  /**
   * A no to a repeated try says nothing of the tries before it, and what is told as refused may be asked for again: it
   * counts once a look after it does not show the act either. Until then nobody knows.
   */
  const refusedAgain = async (
    adapter: Provider,
    row: PaymentRow,
    one: ActRow,
    { result, signal }: { readonly result: Refused; readonly signal: AbortSignal },
  ): Promise<void> => {
    const looked = await adapter.lookup(refOf(row), { signal })
    if (looked.is !== 'found' && looked.is !== 'absent') return answered(row, one, { ...result, is: 'unknown' })
    const after = looked.is === 'found' ? await record(row, looked.snapshot) : row
    const still = openActs(after).find(({ act }) => act === one.act)
    if (still) await answered(after, still, result)
  }

  /** The row as it is afterwards. */
  const record = async (row: PaymentRow, snapshot: Snapshot): Promise<PaymentRow> => {
    const contradicts = (about: string, theirs: string, ours: string): Promise<boolean> =>
      tell(recordCase, {
        ...{ kind: 'contradiction', provider: row.provider, payment: row.payment, about, theirs, ours },
      })
    if (snapshot.payment !== null && snapshot.payment !== row.payment) {
      await contradicts('payment', snapshot.payment, row.payment)
      return row
    }
    const payer = snapshot.payer && payerIdOf(payerKey, row.provider, snapshot.payer.account)
    const parsed = snapshotSchema.safeParse(seenOf(snapshot, payer))
    if (!parsed.success) {
      const [field = ''] = parsed.error.issues[0]?.path ?? []
      log.warn('payments.snapshot-unreadable', { provider: row.provider, field: String(field) })
      await contradicts('answer', String(field), '')
      return row
    }
    const seen = parsed.data
    const owners = new Map(
      await Promise.all(
        idsIn(seen).map(async (id) => {
          const key = referenceKey(row.provider, id)
          return [key, await read.get(references, key)] as const
        }),
      ),
    )
    const state = { get: (_of: unknown, key: string) => owners.get(key) } as Parameters<typeof eventsOf>[3]
    if (eventsOf(row, seen, context.now(), state).length > 0)
      await tell(recordSnapshot, { payment: row.payment, snapshot: seen })
    if (payer && snapshot.payer) await keepPayer(row.provider, payer, snapshot.payer)
    return (await read.get(payments, row.payment)) ?? row
  }

  const keepPayer = async (name: ProviderName, payer: PayerId, who: NonNullable<Snapshot['payer']>): Promise<void> => {
    if (await read.get(payers, payer)) return
    try {
      await tell(recordPayer, { payer, provider: name, ...who })
    } catch (thrown) {
      // Without custodians nobody could ever read it, so it is not kept; the provider has it still.
      log.info('payments.payer-not-kept', traceOf(thrown))
    }
  }

  const ask: Desk['ask'] = async (question, signal) => {
    const row = await read.get(payments, question.payment)
    const adapter = provider(question.provider)
    if (!row || !adapter) return
    const offering = openActs(row).find(({ kind }) => kind === 'create')
    if (offering?.state === 'unknown') return repeat(adapter, row, offering, signal)
    const looked = await adapter.lookup(refOf(row), { signal })
    const after = looked.is === 'found' ? await record(row, looked.snapshot) : row
    if (looked.is === 'found' || looked.is === 'absent') {
      await retry(adapter, after, signal)
      await end(question, looked.is)
    }
    await tellLongUnknown(
      question.payment,
      looked.is === 'found' || looked.is === 'absent' ? looked.is : codeOf(looked.code),
    )
  }

  /** Judged by what is open after the look: it may just have answered what stood for so long. */
  const tellLongUnknown = async (payment: PaymentId, theirs: string): Promise<void> => {
    const open = await read.get(questions, payment)
    if (!open || (open.reason !== 'unknown' && open.reason !== 'act')) return
    if (context.now() - open.since <= longUnknownMs) return
    const about = String(open.since)
    await tell(recordCase, { kind: 'unknown-for-long', provider: open.provider, payment, about, theirs, ours: '' })
  }

  const look: Desk['look'] = async (payment, signal) => {
    const row = await read.get(payments, payment)
    const adapter = row && provider(row.provider)
    if (!row || !adapter) return
    const looked = await adapter.lookup(refOf(row), { signal })
    if (looked.is === 'unknown' || looked.is === 'busy') throw busy(row.provider, looked.code)
    if (looked.is === 'found') await record(row, looked.snapshot)
  }

  /** What is over without a word of the provider: a link that it has forgotten, or that nobody paid in all that time. */
  const end = async (question: QuestionRow, looked: 'found' | 'absent'): Promise<void> => {
    const row = await read.get(payments, question.payment)
    if (!row) return
    const over = isOver(question, context.now())
    const state = moneyStateOf(lifeOf(row))
    const cancelled = openActs(row).some((one) => one.kind === 'cancel' && one.of === '' && one.state === 'accepted')
    const ended = over ? 'expired' : looked === 'absent' && cancelled ? 'cancelled' : null
    if ((state === 'created' || state === 'pending') && ended !== null) {
      const amount = { currency: row.currency, minor: String(row.amount) }
      const empty = { authorisation: null, captures: [], refunds: [], disputes: [], payer: null }
      const snapshot = { reference: row.reference || row.payment, amount, state: ended, ...empty } as const
      await tell(recordSnapshot, { payment: row.payment, snapshot })
    } else if (over) await tell(dropQuestion, { payment: row.payment })
  }

  /** The provider answers and does not show it: it may never have heard of it. */
  const retry = async (adapter: Provider, row: PaymentRow, signal: AbortSignal): Promise<void> => {
    for (const one of row.acts) if (one.state === 'unknown') await repeat(adapter, row, one, signal)
  }
  const repeat = async (adapter: Provider, row: PaymentRow, one: ActRow, signal: AbortSignal): Promise<void> => {
    const result = await perform(adapter, row, one, signal)
    if (result.is === 'refused') await refusedAgain(adapter, row, one, { result, signal })
    else await answered(row, one, result)
  }

  const paymentOf = async (
    name: ProviderName,
    payment: PaymentId | null,
    reference: string | null,
  ): Promise<PaymentRow | undefined> => {
    const known = payment === null ? undefined : await read.get(payments, payment)
    if (known) return known.provider === name ? known : undefined
    const owner = reference === null ? undefined : await read.get(references, referenceKey(name, reference))
    return owner && read.get(payments, owner.payment)
  }

  const judge: Desk['judge'] = async (adapter, item, signal) => {
    const message = await adapter.read(item, { signal })
    const kind = messageKind(adapter.name, item.body)
    const verdict = (
      state: InboxVerdict['state'],
      reason: string,
      row: PaymentRow | undefined = undefined,
    ): InboxVerdict => ({
      ...{ state, reason: codeOf(reason), finding: { kind, payment: row?.payment ?? null } },
      ...(row && { about: row.payment }),
    })
    if (message.is === 'forged') return verdict('refused', message.code)
    if (message.is === 'irrelevant') return verdict('accepted', message.code)
    if (message.is === 'later') throw busy(adapter.name, message.code)
    const row = await paymentOf(adapter.name, message.payment, message.reference)
    // What nobody signed costs no question: whoever makes up ids would have the provider tell us to wait.
    const ref = row ? refOf(row) : message.proof === 'none' ? null : strayRef(message, item)
    if (ref === null) return verdict('refused', 'payments.unknown')
    const looked = await adapter.lookup({ ...ref, dispute: message.dispute }, { signal })
    if (looked.is === 'unknown' || looked.is === 'busy') throw busy(adapter.name, looked.code)
    // That our key is refused says nothing of a payment that is ours.
    if (looked.is === 'refused' && row) throw busy(adapter.name, looked.code)
    // What the provider does not confirm did not happen.
    if (looked.is !== 'found') return verdict('refused', 'not-confirmed', row)
    if (row) {
      const after = await record(row, looked.snapshot)
      if (message.evidence) await keepEvidence(after, { message: item.id, kind }, message.evidence)
    } else await stray(adapter.name, looked.snapshot)
    return verdict('accepted', '', row)
  }
  const strayRef = (
    { payment, reference }: { readonly payment: PaymentId | null; readonly reference: string | null },
    { receivedAt }: InboxItem,
  ): PaymentRef | null => {
    const named = payment ?? reference
    return named === null ? null : { payment: named as PaymentId, reference, orderedAt: receivedAt }
  }
  const stray = async (name: ProviderName, { reference, amount, state }: Snapshot): Promise<void> => {
    const theirs = `${state} ${moneyText(amount)}`
    await tell(recordCase, { kind: 'stray', provider: name, payment: null, about: reference, theirs, ours: '' })
  }

  const mayPay: ProviderHost['mayPay'] = async (payment, amount) => {
    const row = await read.get(payments, payment)
    if (!row) return 'unknown-payment'
    const state = moneyStateOf(lifeOf(row))
    const open = (state === 'created' || state === 'pending') && !openActs(row).some(({ kind }) => kind === 'cancel')
    if (!open) return 'not-open'
    return amount.currency === row.currency && amount.minor === BigInt(row.amount) ? 'yes' : 'other-amount'
  }

  return { carryOut, ask, look, judge, mayPay }
}
