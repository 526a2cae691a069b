import type { Filter } from '#protocol/desktop.ts'
import { type PaymentCurrency, type ProviderName, paymentCurrencies, providers } from '#protocol/payments.ts'
import { type PaymentState, paymentStates } from '#protocol/payments-life.ts'
import { payments } from '#protocol/payments-records.ts'
import { dayNumber, dayPlus, daysBetween, jstDay, monthsBetween } from './business-days.ts'

/** Days that are asked for often, by their first and last as seen from a day. */
const spans = {
  today: (today: string) => [today, today],
  yesterday: (today: string) => [dayPlus(today, -1), dayPlus(today, -1)],
  month: (today: string) => [`${today.slice(0, 7)}-01`, today],
  lastMonth: (today: string) => {
    const end = dayPlus(`${today.slice(0, 7)}-01`, -1)
    return [`${end.slice(0, 7)}-01`, end]
  },
} as const satisfies Record<string, (today: string) => readonly [string, string]>
export type Span = keyof typeof spans
export const spanNames = Object.keys(spans) as readonly Span[]

/** The days of a filter as a day sees them. */
export const daysOf = ({ span, from, to }: Pick<PaymentFilter, 'span' | 'from' | 'to'>, today: string) => {
  const [first, last] = span === null ? [from, to] : spans[span](today)
  return { from: first, to: last }
}

/** What the list of payments is narrowed to. Empty lists and texts let everything through. */
export interface PaymentFilter {
  readonly providers: readonly ProviderName[]
  readonly states: readonly PaymentState[]
  readonly merchants: readonly string[]
  /** null: any. A range of amounts needs one. */
  readonly currency: PaymentCurrency | null
  /** Minor units, both inclusive. */
  readonly least: number | null
  readonly most: number | null
  /** Days that are others each day, such as 今日; `from` and `to` are empty then. null: none of them. */
  readonly span: Span | null
  /** Business days in JST, `2026-11-21`, both inclusive. */
  readonly from: string
  readonly to: string
  /** Only what has open cases. */
  readonly cases: boolean
  /** Other payments of one buyer. */
  readonly payer: string
  /** The end of what the provider calls its number. */
  readonly last4: string
  readonly text: string
  readonly oldestFirst: boolean
}

export const noFilter: PaymentFilter = {
  ...{ providers: [], states: [], merchants: [], currency: null, least: null, most: null },
  ...{ span: null, from: '', to: '' },
  ...{ cases: false, payer: '', last4: '', text: '', oldestFirst: false },
}

const listed = <T extends string>(text: string | null, known: readonly T[]): readonly T[] =>
  (text ?? '').split(',').filter((word): word is T => known.some((it) => it === word))
const words = (text: string | null): readonly string[] => (text ?? '').split(',').filter((word) => word !== '')
const whole = (text: string | null): number | null =>
  text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null
const day = (text: string | null): string => (text !== null && dayNumber(text) !== null ? text : '')

/** Reads the address; what does not belong is dropped. */
export const parseFilter = (search: string): PaymentFilter => {
  const params = new URLSearchParams(search)
  const currency = paymentCurrencies.find((it) => it === params.get('currency')) ?? null
  const span = spanNames.find((it) => it === params.get('days')) ?? null
  return {
    providers: listed(params.get('provider'), providers),
    states: listed(params.get('state'), paymentStates),
    merchants: words(params.get('merchant')),
    currency,
    least: currency === null ? null : whole(params.get('least')),
    most: currency === null ? null : whole(params.get('most')),
    span,
    from: span === null ? day(params.get('from')) : '',
    to: span === null ? day(params.get('to')) : '',
    cases: params.get('cases') === 'open',
    payer: /^[a-z2-7]{26}$/.test(params.get('payer') ?? '') ? (params.get('payer') ?? '') : '',
    last4: /^[\x21-\x7e]{1,4}$/.test(params.get('last4') ?? '') ? (params.get('last4') ?? '') : '',
    text: (params.get('text') ?? '').slice(0, 200),
    oldestFirst: params.get('order') === 'oldest',
  }
}

/** The address of a filter; what is not narrowed is left out. */
export const printFilter = (filter: PaymentFilter): string => {
  const params = new URLSearchParams()
  const put = (name: string, value: string): void => {
    if (value !== '') params.set(name, value)
  }
  put('provider', filter.providers.join(','))
  put('state', filter.states.join(','))
  put('merchant', filter.merchants.join(','))
  put('currency', filter.currency ?? '')
  put('least', filter.least === null ? '' : String(filter.least))
  put('most', filter.most === null ? '' : String(filter.most))
  put('days', filter.span ?? '')
  put('from', filter.from)
  put('to', filter.to)
  put('cases', filter.cases ? 'open' : '')
  put('payer', filter.payer)
  put('last4', filter.last4)
  put('text', filter.text)
  put('order', filter.oldestFirst ? 'oldest' : '')
  return params.toString()
}

export const isNarrowed = (filter: PaymentFilter): boolean => printFilter({ ...filter, oldestFirst: false }) !== ''

/** As many values as one field of a query takes. */
const mostValues = 64
/** A payment has at most so many open cases that a filter finds it. */
const openCases = Array.from({ length: mostValues }, (_, nth) => nth + 1)

/**
 * The days of a filter beside a range of amounts, which takes the query's one range: as days, as months where they are
 * more than a field takes, and then `widened` says that it reaches beyond the days asked for.
 */
const daysAside = (from: string, to: string, today: string) => {
  if (from === '' && to === '') return { where: {}, widened: false }
  const last = to === '' ? today : to
  const months = from === '' ? monthsBetween('', last, mostValues) : monthsBetween(from, last, mostValues)
  const days = from === '' ? null : daysBetween(from, last, mostValues)
  if (days !== null) return { where: { day: days }, widened: false }
  return { where: { month: months }, widened: true }
}

/** With a currency's sign, code or name beside it; an id such as `12ab` is none. */
const amountAlone = /^[¥$]?\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*(?:[\p{sc=Han}\p{sc=Katakana}]{1,4}|stars?|jpy|usd|xtr)?$/iu
/** An amount as a screen writes it is found by its figures, which is all that a row's words hold of it. */
const searched = (text: string): string => amountAlone.exec(text.normalize('NFKC').trim())?.[1] ?? text

/** @param now ms; its business day ends what is open */
export const queryOf = (
  filter: PaymentFilter,
  now: number,
): {
  readonly filter: Filter /** Whole months stand for the days that were asked for. */
  readonly widened: boolean
} => {
  const { least, most } = filter
  const { from, to } = daysOf(filter, jstDay(now))
  const amounts = least !== null || most !== null
  const aside = amounts ? daysAside(from, to, jstDay(now)) : { where: {}, widened: false }
  const range: Filter['range'] = amounts
    ? { field: 'amount', from: least, to: most === null ? null : most + 1 }
    : from === '' && to === ''
      ? null
      : { field: 'day', from: dayNumber(from), to: plusOne(dayNumber(to)) }
  const where: Filter['where'] = Object.fromEntries(
    (
      [
        ['provider', [...filter.providers]],
        ['state', [...filter.states]],
        ['merchant', [...filter.merchants]],
        ['currency', filter.currency === null ? [] : [filter.currency]],
        ['payer', filter.payer === '' ? [] : [filter.payer]],
        ['last4', filter.last4 === '' ? [] : [filter.last4]],
        ['cases', filter.cases ? openCases : []],
      ] as const
    )
      .filter(([, values]) => values.length > 0)
      .map(([field, values]) => [field, [...values]]),
  )
  return {
    filter: { collection: payments.name, where: { ...where, ...aside.where }, range, text: searched(filter.text) },
    widened: aside.widened,
  }
}
const plusOne = (day: number | null): number | null => (day === null ? null : day + 1)
