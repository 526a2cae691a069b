import { eventKey } from '#protocol/events.ts'
import type { PaymentId } from '#protocol/payments.ts'
import type { Account, Transfer } from '#protocol/payments-ledger.ts'
import {
  type AccountRow,
  accountKey,
  accounts,
  actAnswered,
  actAsked,
  caseChanged,
  caseOpened,
  cases,
  entryPosted,
  type PaymentRow,
  payerFields,
  payerSealed,
  payerSubject,
  payers,
  paymentCreated,
  paymentOffered,
  paymentSeen,
  payments,
  type Question,
  questionDropped,
  questions,
  referenceKey,
  references,
  transfers,
} from '#protocol/payments-records.ts'
import { subjectErased } from '#protocol/sealed.ts'
import { defineProjection, type EventMeta, type Projection } from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'
import { closingProjections } from './closing-projections.ts'
import { dayProjections } from './days.ts'
import { toldAs } from './findings.ts'
import { lotProjections } from './lots.ts'
import { afterAnswered, afterAsked, afterCreated, afterOffered, afterSeen } from './rows.ts'

const byMeta = ({ at, operator }: EventMeta) => ({ at, by: operator })

type Got = (key: string) => PaymentRow | undefined
/** Every event but the first is about a payment that is there. */
const known = (get: Got, payment: PaymentId, next: (row: PaymentRow) => PaymentRow) => {
  const row = get(payment)
  return row ? [{ key: payment, row: next(row) }] : []
}
const ofPayment = ({ payment }: { readonly payment: PaymentId }): readonly string[] => [payment]

const paymentProjections: readonly Projection[] = [
  defineProjection({
    on: paymentCreated,
    into: payments,
    reads: () => [],
    project: (data, meta) => [{ key: data.payment, row: afterCreated(data, byMeta(meta)) }],
  }),
  defineProjection({
    on: actAsked,
    into: payments,
    reads: ofPayment,
    project: (data, meta, get) => known(get, data.payment, (row) => afterAsked(row, data, byMeta(meta))),
  }),
  defineProjection({
    on: actAnswered,
    into: payments,
    reads: ofPayment,
    project: (data, meta, get) => known(get, data.payment, (row) => afterAnswered(row, data, meta)),
  }),
  defineProjection({
    on: paymentOffered,
    into: payments,
    reads: ofPayment,
    project: (data, meta, get) => known(get, data.payment, (row) => afterOffered(row, data, meta)),
  }),
  defineProjection({
    on: paymentSeen,
    into: payments,
    reads: ofPayment,
    project: (data, meta, get) => known(get, data.payment, (row) => afterSeen(row, data, meta)),
  }),
  defineProjection({
    on: caseOpened,
    into: payments,
    reads: ({ payment }) => (payment === '' ? [] : [payment]),
    project: (data, { at }, get) =>
      data.payment === ''
        ? []
        : known(get, data.payment, (row) => {
            return { ...row, cases: row.cases + 1, told: [...row.told, toldAs(data)], changedAt: at }
          }),
  }),
  defineProjection({
    on: caseChanged,
    into: payments,
    reads: ({ payment }) => (payment === '' ? [] : [payment]),
    project: ({ payment, did }, { at }, get) => {
      const step = did === 'closed' ? -1 : did === 'reopened' ? 1 : 0
      if (payment === '' || step === 0) return []
      return known(get, payment, (row) => ({ ...row, cases: Math.max(0, row.cases + step), changedAt: at }))
    },
  }),
]

interface Booked {
  readonly currency: PaymentRow['currency']
  readonly transfers: readonly Transfer[]
}
/** The largest amount that the number of a row holds. */
const mostFiltered = 999_999_999_999_999

const transferRows = (
  data: Booked & { readonly payment: PaymentId | '' },
  meta: EventMeta,
  { day, note }: { readonly day: number; readonly note: string },
) =>
  data.transfers.map(({ kind, debit, credit, minor }, n) => {
    const key = `${eventKey(meta.index, meta.nth)}-${String(n).padStart(2, '0')}`
    const { at, operator: by } = meta
    const amount = Math.min(Number(minor), mostFiltered)
    return {
      key,
      row: {
        key,
        at,
        day,
        kind,
        debit,
        credit,
        currency: data.currency,
        minor,
        amount,
        payment: data.payment,
        note,
        by,
      },
    }
  })

const touched = ({ currency, transfers: booked }: Booked): readonly string[] => [
  ...new Set(booked.flatMap(({ debit, credit }) => [accountKey(debit, currency), accountKey(credit, currency)])),
]

const balances = (data: Booked, { at }: EventMeta, get: (key: string) => AccountRow | undefined) => {
  const rows = new Map<string, AccountRow>()
  const add = (account: Account, side: 'debits' | 'credits', minor: string): void => {
    const key = accountKey(account, data.currency)
    const row = rows.get(key) ??
      get(key) ?? { key, account, currency: data.currency, debits: '0', credits: '0', transfers: 0, changedAt: at }
    const total = (BigInt(row[side]) + BigInt(minor)).toString()
    rows.set(key, { ...row, [side]: total, transfers: row.transfers + 1, changedAt: at })
  }
  for (const { debit, credit, minor } of data.transfers) {
    add(debit, 'debits', minor)
    add(credit, 'credits', minor)
  }
  return [...rows].map(([key, row]) => ({ key, row }))
}

const ledgerProjections: readonly Projection[] = [
  defineProjection({
    on: paymentSeen,
    into: transfers,
    reads: () => [],
    project: (data, meta) => transferRows(data, meta, { day: businessDay(meta.at), note: '' }),
  }),
  defineProjection({
    on: entryPosted,
    into: transfers,
    reads: () => [],
    project: (data, meta) => transferRows(data, meta, data),
  }),
  defineProjection({ on: paymentSeen, into: accounts, reads: touched, project: balances }),
  defineProjection({ on: entryPosted, into: accounts, reads: touched, project: balances }),
]

const asked = ({
  payment,
  provider,
  question,
}: {
  readonly payment: PaymentId
  readonly provider: PaymentRow['provider']
  readonly question: Question | null
}) => [{ key: payment, row: question === null ? null : { ...question, payment, provider } }]

const questionProjections: readonly Projection[] = [
  defineProjection({ on: paymentCreated, into: questions, reads: () => [], project: asked }),
  defineProjection({ on: actAsked, into: questions, reads: () => [], project: asked }),
  defineProjection({ on: actAnswered, into: questions, reads: () => [], project: asked }),
  defineProjection({ on: paymentOffered, into: questions, reads: () => [], project: asked }),
  defineProjection({ on: paymentSeen, into: questions, reads: () => [], project: asked }),
  defineProjection({
    on: questionDropped,
    into: questions,
    reads: () => [],
    project: ({ payment }) => [{ key: payment, row: null }],
  }),
]

const ownedBy = (provider: string, payment: PaymentId, ids: readonly string[]) =>
  [...new Set(ids)].map((id) => {
    const key = referenceKey(provider, id)
    return { key, row: { key, payment } }
  })
const referenceProjections: readonly Projection[] = [
  defineProjection({
    on: paymentOffered,
    into: references,
    reads: () => [],
    project: ({ provider, payment, reference }) => ownedBy(provider, payment, [reference]),
  }),
  defineProjection({
    on: paymentSeen,
    into: references,
    reads: () => [],
    project: ({ provider, payment, reference, authorisation, captures, refunds, disputes }) =>
      ownedBy(provider, payment, [
        reference,
        ...(authorisation ? [authorisation.id] : []),
        ...[...captures, ...refunds, ...disputes].map(({ id }) => id),
      ]),
  }),
]

const caseProjections: readonly Projection[] = [
  defineProjection({
    on: caseOpened,
    into: cases,
    reads: () => [],
    project: (data, { at, operator }) => {
      const history = [{ at, by: operator, did: 'opened' as const, note: '' }]
      return [
        { key: data.key, row: { ...data, state: 'open' as const, owner: null, openedAt: at, closedAt: null, history } },
      ]
    },
  }),
  defineProjection({
    on: caseChanged,
    into: cases,
    reads: ({ key }) => [key],
    project: ({ key, did, note }, { at, operator }, get) => {
      const row = get(key)
      if (!row) return []
      const next = {
        took: { state: 'taken', owner: operator, closedAt: null },
        noted: { state: row.state, owner: row.owner, closedAt: row.closedAt },
        closed: { state: 'closed', owner: row.owner ?? operator, closedAt: at },
        reopened: { state: 'open', owner: null, closedAt: null },
      } as const
      return [{ key, row: { ...row, ...next[did], history: [...row.history, { at, by: operator, did, note }] } }]
    },
  }),
]

const payerPrefix = payerSubject('x').slice(0, -1)
const payerProjections: readonly Projection[] = [
  defineProjection({
    on: payerSealed,
    into: payers,
    reads: () => [],
    project: (data, { at }) => [{ key: data.payer, row: { ...data, since: at } }],
  }),
  defineProjection({
    on: subjectErased,
    into: payers,
    reads: ({ subject }) => (subject.startsWith(payerPrefix) ? [subject.slice(payerPrefix.length)] : []),
    project: ({ subject }, { at }, get) => {
      const row = subject.startsWith(payerPrefix) ? get(subject.slice(payerPrefix.length)) : undefined
      if (!row) return []
      const erased = Object.fromEntries(
        payerFields.map((field) => [field, row[field] === null ? null : { erased: at }]),
      )
      return [{ key: row.payer, row: { ...row, ...erased } }]
    },
  }),
]

export const projections: readonly Projection[] = [
  ...paymentProjections,
  ...ledgerProjections,
  ...dayProjections,
  ...lotProjections,
  ...questionProjections,
  ...referenceProjections,
  ...caseProjections,
  ...payerProjections,
  ...closingProjections,
]
