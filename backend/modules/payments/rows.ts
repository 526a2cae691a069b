import type { z } from 'zod'
import type { Instant } from '#protocol/ids.ts'
import { isOpenAct, lifeOf, sumsOf } from '#protocol/payments-actions.ts'
import { addTransfers, noSums, type Sums } from '#protocol/payments-ledger.ts'
import { moneyStateOf, stateOf } from '#protocol/payments-life.ts'
import type {
  actAnswered,
  actAsked,
  PaymentRow,
  paymentCreated,
  paymentOffered,
  paymentSeen,
  Question,
  QuestionReason,
} from '#protocol/payments-records.ts'
import { businessDay } from './business-day.ts'

/** The row of a payment after each event, pure: the projection uses it, and the decision to say what stays open. */

export interface At {
  readonly at: Instant
  readonly by: PaymentRow['by']
}
type DataOf<Event extends { readonly data: z.ZodType }> = Omit<z.output<Event['data']>, 'question'>

const sumsText = (sums: Sums): PaymentRow['sums'] => ({
  held: sums.held.toString(),
  captured: sums.captured.toString(),
  refunded: sums.refunded.toString(),
  disputed: sums.disputed.toString(),
  lost: sums.lost.toString(),
  fees: sums.fees.toString(),
})

/** Its state by what its rows say now. */
const settled = (row: PaymentRow, at: Instant): PaymentRow => {
  const unknown = row.acts.some(({ state }) => state === 'unknown')
  const number = row.captures.at(-1)?.id ?? row.reference
  return { ...row, state: stateOf(lifeOf(row), unknown), last4: number.slice(-4), changedAt: at }
}

export const afterCreated = (data: DataOf<typeof paymentCreated>, { at, by }: At): PaymentRow => {
  const { payment, provider, merchant, currency, minor, taxRate, intent, title, note } = data
  const day = businessDay(at)
  return settled(
    {
      ...{ payment, provider, merchant, currency, amount: Number(minor), taxRate, intent, title, note, at, by },
      ...{ state: 'created', changedAt: at, day, month: Math.floor(day / 100) },
      ...{ reference: '', last4: '', link: null, authorisation: null, captures: [], refunds: [], disputes: [] },
      acts: [
        {
          act: payment as unknown as PaymentRow['acts'][0]['act'],
          kind: 'create',
          minor,
          state: 'asked',
          code: '',
          of: '',
          by,
          at,
        },
      ],
      ...{ sums: sumsText(noSums), offered: false, ended: null, payer: null, cases: 0, told: [] },
    },
    at,
  )
}

export const afterAsked = (row: PaymentRow, data: DataOf<typeof actAsked>, { at, by }: At): PaymentRow => {
  const { act, kind, minor, of } = data
  return settled({ ...row, acts: [...row.acts, { act, kind, minor, state: 'asked', code: '', of, by, at }] }, at)
}

export const afterAnswered = (
  row: PaymentRow,
  data: DataOf<typeof actAnswered>,
  { at }: Pick<At, 'at'>,
): PaymentRow => {
  const { act, kind, state, code } = data
  const acts = row.acts.map((one) => (one.act === act ? { ...one, state, code } : one))
  const failed = kind === 'create' && state === 'refused' && row.ended === null && row.captures.length === 0
  return settled({ ...row, acts, ended: failed ? 'failed' : row.ended }, at)
}

export const afterOffered = (
  row: PaymentRow,
  data: DataOf<typeof paymentOffered>,
  { at }: Pick<At, 'at'>,
): PaymentRow => {
  const { reference, link } = data
  const acts = row.acts.map((one) =>
    one.kind === 'create' && isOpenAct(one) ? { ...one, state: 'done' as const, code: '' } : one,
  )
  return settled({ ...row, link, reference: row.reference || reference, offered: true, acts }, at)
}

export const afterSeen = (row: PaymentRow, data: DataOf<typeof paymentSeen>, { at }: Pick<At, 'at'>): PaymentRow => {
  const { reference, authorisation, captures, refunds, disputes, offered, ended, payer } = data
  const acts = row.acts.map((one) => {
    const settledAs = data.acts.find(({ act }) => act === one.act)
    return settledAs ? { ...one, state: settledAs.state, code: settledAs.code } : one
  })
  const sums = sumsText(addTransfers(sumsOf(row), data.transfers))
  return settled(
    { ...row, reference, authorisation, captures, refunds, disputes, offered, ended, payer, acts, sums },
    at,
  )
}

/** A link that nobody paid for this long after its end (or its making, where it has none) is over. */
const lateMs = 86_400_000
const endlessMs = 30 * 86_400_000
const linkUntil = ({ link, at }: PaymentRow): Instant =>
  link?.expiresAt == null ? at + endlessMs : link.expiresAt + lateMs

/** Fees are told within days or never. */
const feeMs = 7 * 86_400_000

/** What the provider has to be asked about this row, from `at` on. */
export const questionOf = (row: PaymentRow, at: Instant): Question | null => {
  const ask = (reason: QuestionReason, until: Instant | null = null): Question => ({ reason, since: at, until })
  const state = moneyStateOf(lifeOf(row))
  if (row.acts.some((act) => act.state === 'unknown')) return ask('unknown')
  if (row.acts.some(isOpenAct)) return ask('act')
  if (state === 'authorised') return ask('hold')
  if (state === 'created' || state === 'pending') return ask('link', linkUntil(row))
  if (state === 'disputed') return ask('dispute')
  const unpriced = row.captures.filter(({ fee }) => fee === null).map((capture) => capture.at)
  const until = Math.max(...unpriced) + feeMs
  return unpriced.length > 0 && at < until ? ask('fee', until) : null
}
