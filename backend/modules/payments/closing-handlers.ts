import { isDeepStrictEqual } from 'node:util'
import {
  type ClosingResult,
  type ClosingRow,
  closeDay,
  closingAsked,
  closingDelayed,
  closingKey,
  closings,
  dayClosed,
  recordClosing,
  recordClosingDelay,
  recordDifference,
} from '#protocol/payments-closings.ts'
import { dayNumber } from '#protocol/payments-day.ts'
import { caseChanged, caseOpened, cases, payments } from '#protocol/payments-records.ts'
import { accept, defineHandler, happened, ref, refuse } from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'
import { mostHistory, mostTold, toldAs } from './findings.ts'

/** What is decided about a closing. */

const ask = defineHandler({
  command: closeDay,
  reads: () => [],
  decide: ({ provider, day: text }, { at }) => {
    const day = dayNumber(text)
    if (day >= businessDay(at)) return refuse('payments.day-not-over')
    return accept(happened(closingAsked, { provider, day }))
  },
})

/** Another look at the day was recorded while this one was under way; nobody knows which of them saw what is true now. */
const isOutOfDate = (row: ClosingRow | undefined, over: number | null | undefined): boolean =>
  over !== undefined && (row?.closedAt ?? null) !== over
const overtaken = refuse('payments.changed')

const difference = defineHandler({
  command: recordDifference,
  reads: ({ case: key, payment, provider, day }) => [
    ref(cases, key),
    ...(payment === '' ? [] : [ref(payments, payment)]),
    ...(day === undefined ? [] : [ref(closings, closingKey(provider, day))]),
  ],
  decide: ({ case: key, day, over, ...one }, _meta, state) => {
    if (state.get(cases, key)) return refuse('payments.nothing-new')
    if (day !== undefined && isOutOfDate(state.get(closings, closingKey(one.provider, day)), over)) return overtaken
    const row = one.payment === '' ? undefined : state.get(payments, one.payment)
    const counts = row !== undefined && row.told.length < mostTold && !row.told.includes(toldAs(one))
    return accept(happened(caseOpened, { ...one, key, payment: counts ? one.payment : '' }))
  },
})

const resultOf = ({
  provider,
  day,
  state,
  counts,
  sums,
  differences,
  untold,
  carried,
}: ClosingRow | ClosingResult) => ({
  ...{ provider, day, state, counts, sums, differences, untold, carried },
})

const close = defineHandler({
  command: recordClosing,
  reads: ({ provider, day, resolved }) => [
    ref(closings, closingKey(provider, day)),
    ...resolved.map((key) => ref(cases, key)),
  ],
  decide: ({ resolved, over, ...result }, _meta, state) => {
    const row = state.get(closings, closingKey(result.provider, result.day))
    const gone = resolved.flatMap((key) => {
      const one = state.get(cases, key)
      const open = one !== undefined && one.state !== 'closed' && one.history.length < mostHistory
      return open ? [happened(caseChanged, { key, payment: one.payment, did: 'closed', note: '' })] : []
    })
    const same = row !== undefined && row.closedAt !== null && isDeepStrictEqual(resultOf(row), resultOf(result))
    if (same && gone.length === 0) return refuse('payments.nothing-new')
    if (isOutOfDate(row, over)) return overtaken
    return accept(happened(dayClosed, resultOf(result) as ClosingResult), ...gone)
  },
})

const delay = defineHandler({
  command: recordClosingDelay,
  reads: ({ provider, day }) => [ref(closings, closingKey(provider, day))],
  decide: (params, _meta, state) => {
    const row = state.get(closings, closingKey(params.provider, params.day))
    const told = row !== undefined && row.code === params.code && row.state === params.state
    // What was compared once stays; only who asked for it again is answered.
    if (told || (row?.closedAt != null && row.state !== 'asked')) return refuse('payments.nothing-new')
    return accept(happened(closingDelayed, params))
  },
})

export const closingHandlers = [ask, difference, close, delay]
