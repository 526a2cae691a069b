import { isOpenAct } from '#protocol/payments-actions.ts'
import {
  changeCase,
  dropQuestion,
  recordAnswer,
  recordCase,
  recordOffer,
  recordPayer,
  recordSnapshot,
  type SeenSnapshot,
} from '#protocol/payments-commands.ts'
import {
  actAnswered,
  caseChanged,
  caseOpened,
  cases,
  type PaymentRow,
  payerFields,
  payerSealed,
  payers,
  paymentOffered,
  paymentSeen,
  payments,
  questionDropped,
  questions,
  referenceKey,
  references,
} from '#protocol/payments-records.ts'
import { sha256 } from '#trust/bytes.ts'
import {
  accept,
  defineHandler,
  defineSealingHandler,
  happened,
  type NewEvent,
  ref,
  refuse,
  type State,
} from '../../kernel/module.ts'
import { type CaseFound, idsIn, mergeSnapshot } from './merge.ts'
import { afterAnswered, afterOffered, afterSeen, questionOf } from './rows.ts'

/** What was found at the providers, and what people make of it where it does not fit. */

/** How much of an answer is news: an act is never known less than before. */
const rank = { asked: 0, unknown: 1, accepted: 2, refused: 3, done: 4 } as const

const answer = defineHandler({
  command: recordAnswer,
  reads: ({ payment }) => [ref(payments, payment)],
  decide: ({ payment, act, kind, state: answered, code }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const one = row.acts.find((of) => of.act === act)
    if (!one || !isOpenAct(one) || rank[answered] <= rank[one.state]) return refuse('payments.nothing-new')
    const data = { payment, provider: row.provider, act, kind, state: answered, code }
    return accept(happened(actAnswered, { ...data, question: questionOf(afterAnswered(row, data, meta), meta.at) }))
  },
})

const offer = defineHandler({
  command: recordOffer,
  reads: ({ payment }) => [ref(payments, payment)],
  decide: ({ payment, reference, link }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    if (row.link !== null) return refuse('payments.nothing-new')
    const data = { payment, provider: row.provider, reference, link }
    return accept(happened(paymentOffered, { ...data, question: questionOf(afterOffered(row, data, meta), meta.at) }))
  },
})

const snapshot = defineHandler({
  command: recordSnapshot,
  reads: ({ payment, snapshot: seen }) => [
    ref(payments, payment),
    // The provider is the row's, which nobody knows here yet: the id is looked for under each.
    ...providersOf.flatMap((provider) => idsIn(seen).map((id) => ref(references, referenceKey(provider, id)))),
  ],
  decide: ({ payment, snapshot: seen }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const events = eventsOf(row, seen, meta.at, state)
    return events.length === 0 ? refuse('payments.nothing-new') : accept(...events)
  },
})
const providersOf = ['stars', 'paypay', 'paypal'] as const

/** What a snapshot brings: also asked before it is recorded, so that what is no news makes no entry. */
export const eventsOf = (
  row: PaymentRow,
  seen: SeenSnapshot,
  at: number,
  state: Pick<State, 'get'>,
): readonly NewEvent[] => {
  const taken = idsIn(seen).find((id) => {
    const owner = state.get(references, referenceKey(row.provider, id))
    return owner !== undefined && owner.payment !== row.payment
  })
  if (taken !== undefined) {
    return caseEvents(row, [{ kind: 'reference-taken', about: taken, theirs: taken, ours: '' }])
  }
  const merged = mergeSnapshot(row, seen)
  const opened = caseEvents(row, merged.cases)
  if (merged.seen === null) return opened
  const { payment, provider, currency } = row
  const { transfers, acts, authorisation, captures, refunds, disputes, ...rest } = merged.seen
  const data = {
    ...{ payment, provider, currency, ...rest, authorisation },
    ...{ captures: [...captures], refunds: [...refunds], disputes: [...disputes] },
    ...{ acts: [...acts], transfers: [...transfers] },
  }
  return [happened(paymentSeen, { ...data, question: questionOf(afterSeen(row, data, { at }), at) }), ...opened]
}

const drop = defineHandler({
  command: dropQuestion,
  reads: ({ payment }) => [ref(questions, payment)],
  decide: ({ payment }, { at }, state) => {
    const question = state.get(questions, payment)
    if (question?.until == null || at < question.until) return refuse('payments.nothing-new')
    return accept(happened(questionDropped, { payment, provider: question.provider }))
  },
})

export const toldAs = ({ kind, about }: Pick<CaseFound, 'kind' | 'about'>): string => `${kind}/${about}`
export const mostTold = 100

/** Each is told once, whatever becomes of its case. */
const caseEvents = (row: PaymentRow, found: readonly CaseFound[]): readonly NewEvent[] => {
  const told = new Set(row.told)
  return found.flatMap((one) => {
    if (told.has(toldAs(one)) || told.size >= mostTold) return []
    const key = `${row.payment}/${String(told.size).padStart(3, '0')}`
    told.add(toldAs(one))
    return [happened(caseOpened, { ...one, key, provider: row.provider, payment: row.payment })]
  })
}

/** Long ids that begin alike are different cases. */
const strayKey = (provider: string, kind: string, about: string): string => {
  const key = `${provider}/${kind}/${about}`
  return key.length <= 128
    ? key
    : `${provider}/${kind}/sha256:${Buffer.from(sha256(Buffer.from(about))).toString('hex')}`
}

const found = defineHandler({
  command: recordCase,
  reads: ({ provider, kind, payment, about }) =>
    payment === null ? [ref(cases, strayKey(provider, kind, about))] : [ref(payments, payment)],
  decide: ({ payment, provider, ...one }, _meta, state) => {
    if (payment === null) {
      const key = strayKey(provider, one.kind, one.about)
      if (state.get(cases, key)) return refuse('payments.nothing-new')
      return accept(happened(caseOpened, { ...one, key, provider, payment: '' }))
    }
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const events = caseEvents(row, [one])
    return events.length === 0 ? refuse('payments.nothing-new') : accept(...events)
  },
})

export const mostHistory = 100
const change = defineHandler({
  command: changeCase,
  reads: ({ key }) => [ref(cases, key)],
  decide: ({ key, did, note }, _meta, state) => {
    const row = state.get(cases, key)
    if (!row) return refuse('payments.case-unknown')
    const fits = (row.state === 'closed') === (did === 'reopened')
    if (!fits || row.history.length >= mostHistory) return refuse('payments.case-state')
    return accept(happened(caseChanged, { key, payment: row.payment, did, note }))
  },
})

const payer = defineSealingHandler({
  command: recordPayer,
  sealed: payerFields,
  reads: ({ payer: id }) => [ref(payers, id)],
  decide: ({ payer: id, provider, account, name, email }, _meta, state) => {
    if (state.get(payers, id)) return refuse('payments.nothing-new')
    return accept(happened(payerSealed, { payer: id, provider, account, name, email }))
  },
})

export const findingHandlers = [answer, offer, snapshot, drop, found, change, payer]
