import { failureOf } from '#protocol/errors.ts'
import { lifeOf } from '#protocol/payments-actions.ts'
import { moneyStateOf } from '#protocol/payments-life.ts'
import { paymentPromised, promiseMs, promises, recordPromise } from '#protocol/payments-promises.ts'
import { paymentSeen, payments } from '#protocol/payments-records.ts'
import {
  accept,
  defineHandler,
  defineProjection,
  happened,
  type ModuleContext,
  ref,
  refuse,
} from '../../kernel/module.ts'
import type { Desk } from './desk.ts'
import type { ProviderHost } from './provider.ts'
import { telling } from './tell.ts'

/** Of all who would pay one link one may (docs/decisions/0121). */

export const promiseHandlers = [
  defineHandler({
    command: recordPromise,
    reads: ({ payment }) => [ref(payments, payment), ref(promises, payment)],
    decide: ({ payment, query }, { at }, state) => {
      const row = state.get(payments, payment)
      if (!row) return refuse('payments.unknown')
      const open = moneyStateOf(lifeOf(row))
      if (open !== 'created' && open !== 'pending') return refuse('payments.not-possible', { reason: 'state' })
      const before = state.get(promises, payment)
      if (before && before.until > at) {
        return before.query === query
          ? refuse('payments.nothing-new')
          : refuse('payments.not-possible', { reason: 'under-way' })
      }
      return accept(happened(paymentPromised, { payment, provider: row.provider, query, until: at + promiseMs }))
    },
  }),
]
export const promiseProjections = [
  defineProjection({
    on: paymentPromised,
    into: promises,
    reads: () => [],
    project: ({ payment, query, until }) => [{ key: payment, row: { payment, query, until } }],
  }),
  defineProjection({
    on: paymentSeen,
    into: promises,
    reads: ({ payment }) => [payment],
    project: ({ payment, captures, ended }, _meta, get) =>
      get(payment) && (captures.length > 0 || ended !== null) ? [{ key: payment, row: null }] : [],
  }),
]

/** The buyer's answer is due ten seconds after the question. */
const lookMs = 5_000

export const promising = (
  { read, submit, now }: Pick<ModuleContext, 'read' | 'submit' | 'now'>,
  { mayPay, look }: Pick<Desk, 'mayPay' | 'look'>,
): ProviderHost['promise'] => {
  const tell = telling({ submit })
  return async (payment, amount, query, { signal }) => {
    const before = await read.get(promises, payment)
    if (before && before.query !== query) {
      const may = await mayPay(payment, amount)
      if (may !== 'yes') return may
      if (before.until > now()) return 'under-way'
      // What became of that yes may be on its way to us: an update that waits, a backend that was away.
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
      const known = await look(payment, bounded).then(
        () => true,
        () => false,
      )
      if (!known) return 'under-way'
    }
    const may = await mayPay(payment, amount)
    if (may !== 'yes') return may
    try {
      await tell(recordPromise, { payment, query })
      return 'yes'
    } catch (thrown) {
      if (failureOf(thrown).code !== 'payments.not-possible') throw thrown
      return 'under-way'
    }
  }
}
