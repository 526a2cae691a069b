import type { currencies } from '#protocol/money.ts'
import { type PaymentCurrency, paymentCurrencySchema, providerTraits } from '#protocol/payments.ts'
import {
  cancelTarget,
  refundable,
  sumsOf,
  whyNotCancel,
  whyNotCapture,
  whyNotRefund,
} from '#protocol/payments-actions.ts'
import {
  cancelPayment,
  capturePayment,
  createPayment,
  postManualEntry,
  refundPayment,
} from '#protocol/payments-commands.ts'
import { dayNumber } from '#protocol/payments-day.ts'
import { manualTransfers } from '#protocol/payments-ledger.ts'
import { actAsked, entryPosted, type PaymentRow, paymentCreated, payments } from '#protocol/payments-records.ts'
import { accept, type CommandMeta, type Decision, defineHandler, happened, ref, refuse } from '../../kernel/module.ts'
import { businessDay } from './business-day.ts'
import { afterAsked, afterCreated, questionOf } from './rows.ts'

/** What operators ask for. */

const byMeta = ({ at, operator }: CommandMeta) => ({ at, by: operator })
/** A command's id as the name of what it makes. */
const named = <Id>({ id }: CommandMeta): Id => id as unknown as Id

const create = defineHandler({
  command: createPayment,
  reads: () => [],
  decide: ({ provider, amount, merchant, taxRate, intent, title, note }, meta) => {
    const traits = providerTraits[provider]
    const currency = traits.currencies.find((one) => one === amount.currency)
    if (!currency) return refuse('payments.currency-not-offered', { currency: amount.currency })
    if (amount.minor < 1n || amount.minor > traits.most) {
      return refuse('payments.amount-out-of-range', { most: traits.most.toString() })
    }
    if ([...title].length > traits.title) return refuse('payments.text-too-long', { most: traits.title })
    if (intent === 'authorise' && !traits.authorises) return refuse('payments.not-possible', { reason: 'not-offered' })
    const payment = named<PaymentRow['payment']>(meta)
    const minor = amount.minor.toString()
    const data = { payment, provider, currency, minor, merchant, taxRate, intent, title, note }
    return accept(
      happened(paymentCreated, { ...data, question: questionOf(afterCreated(data, byMeta(meta)), meta.at) }),
    )
  },
})

/** Asks the provider for one more thing about a payment. */
const ask = (
  row: PaymentRow,
  meta: CommandMeta,
  {
    kind,
    minor,
    ...rest
  }: Pick<Parameters<typeof afterAsked>[1], 'kind' | 'of' | 'what' | 'whole' | 'reason'> & {
    readonly minor: bigint
  },
): Decision => {
  const { payment, provider, currency } = row
  const data = {
    payment,
    provider,
    currency,
    act: named<PaymentRow['acts'][0]['act']>(meta),
    kind,
    minor: minor.toString(),
    ...rest,
  }
  return accept(happened(actAsked, { ...data, question: questionOf(afterAsked(row, data, byMeta(meta)), meta.at) }))
}

const cancel = defineHandler({
  command: cancelPayment,
  reads: ({ payment }) => [ref(payments, payment)],
  decide: ({ payment, what, amount, reason }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const why = whyNotCancel(row, meta.at)
    if (why !== null) return refuse('payments.not-possible', { reason: why })
    const target = cancelTarget(row)
    if (target?.what !== what || amount.currency !== row.currency || amount.minor !== target.minor) {
      return refuse('payments.changed')
    }
    return ask(row, meta, { kind: 'cancel', minor: target.minor, of: target.of, what, whole: true, reason })
  },
})

const capture = defineHandler({
  command: capturePayment,
  reads: ({ payment }) => [ref(payments, payment)],
  decide: ({ payment, amount }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const why = whyNotCapture(row, meta.at)
    if (why !== null) return refuse('payments.not-possible', { reason: why })
    const { held } = sumsOf(row)
    if (amount.currency !== row.currency) return refuse('payments.currency-not-offered', { currency: amount.currency })
    if (amount.minor < 1n || amount.minor > held) return refuse('payments.too-much', { left: held.toString() })
    const { id = '' } = row.authorisation ?? {}
    const whole = amount.minor === held
    return ask(row, meta, { kind: 'capture', minor: amount.minor, of: id, what: 'authorisation', whole, reason: '' })
  },
})

const refund = defineHandler({
  command: refundPayment,
  reads: ({ payment }) => [ref(payments, payment)],
  decide: ({ payment, capture: of, amount, left, reason }, meta, state) => {
    const row = state.get(payments, payment)
    if (!row) return refuse('payments.unknown')
    const refusal = refundRefusal(row, { of, ...amount, left })
    if (refusal) return refusal
    const whole = amount.minor === sumsOf(row).captured
    return ask(row, meta, { kind: 'refund', minor: amount.minor, of, what: 'capture', whole, reason })
  },
})

const refundRefusal = (
  row: PaymentRow,
  {
    of,
    currency,
    minor,
    left,
  }: { readonly of: string; readonly currency: string; readonly minor: bigint; readonly left: string },
): Decision | null => {
  const captured = row.captures.find(({ id }) => id === of)
  if (!captured) return refuse('payments.unknown')
  const why = whyNotRefund(row)
  if (why !== null) return refuse('payments.not-possible', { reason: why })
  const most = refundable(row)
  // Somebody else refunded since the operator looked: of two at once, one counts.
  if (BigInt(left) !== most) return refuse('payments.changed')
  if (currency !== row.currency) return refuse('payments.currency-not-offered', { currency })
  if (minor < 1n || minor > most || minor > BigInt(captured.minor))
    return refuse('payments.too-much', { left: most.toString() })
  if (!providerTraits[row.provider].partialRefund && minor !== sumsOf(row).captured)
    return refuse('payments.partial-not-offered')
  return null
}

const offeredCurrency = (currency: keyof typeof currencies): PaymentCurrency | undefined =>
  paymentCurrencySchema.safeParse(currency).data

const post = defineHandler({
  command: postManualEntry,
  reads: ({ payment }) => (payment === null ? [] : [ref(payments, payment)]),
  decide: ({ debit, credit, amount, day, payment, note }, meta, state) => {
    const currency = offeredCurrency(amount.currency)
    if (!currency) return refuse('payments.currency-not-offered', { currency: amount.currency })
    if (amount.minor < 1n) return refuse('payments.amount-out-of-range', { most: '9'.repeat(38) })
    if (debit === credit) return refuse('payments.same-account')
    if (dayNumber(day) > businessDay(meta.at)) return refuse('payments.day-in-future')
    if (payment !== null && !state.get(payments, payment)) return refuse('payments.unknown')
    const transfers = [...manualTransfers(debit, credit, amount.minor)]
    return accept(happened(entryPosted, { currency, day: dayNumber(day), note, payment: payment ?? '', transfers }))
  },
})

export const orderHandlers = [create, cancel, capture, refund, post]
