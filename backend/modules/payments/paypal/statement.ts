import type { StatementLine } from '../provider.ts'
import { paymentOf } from '../references.ts'
import { minorOf, type PayPalTransaction } from './answers.ts'

/**
 * What PayPal's transaction codes are to us, by their beginning; longest first.
 * https://developer.paypal.com/docs/reports/reference/tcodes/
 */
const kinds: readonly (readonly [string, StatementLine['kind']])[] = [
  ['T1107', 'refund'],
  ['T1106', 'dispute'],
  ['T12', 'dispute'],
  ['T11', 'dispute'],
  ['T00', 'capture'],
  ['T01', 'fee'],
  ['T04', 'payout'],
]

/** `V` was reversed since: it came in all the same, and its way back is a line of its own. */
const done = new Set(['S', 'V'])

/** @returns undefined for what moves nothing of ours: other currencies, and what is not done yet */
export const lineOf = (transaction: PayPalTransaction): StatementLine | undefined => {
  const { transaction_amount: amount, transaction_status: status, fee_amount: fee } = transaction
  const minor = minorOf(amount.currency_code, amount.value)
  if (minor === undefined || (status !== undefined && !done.has(status))) return undefined
  const currency = amount.currency_code === 'JPY' ? 'JPY' : 'USD'
  const feeMinor = fee && minorOf(fee.currency_code, fee.value)
  const code = transaction.transaction_event_code ?? ''
  const kind = kinds.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'other'
  const payment = paymentOf(transaction.custom_field?.split(':')[0])
  return {
    // Another shop's mark: the account is shared.
    kind: payment === null && transaction.custom_field ? 'other' : kind,
    id: transaction.transaction_id,
    reference: transaction.paypal_reference_id ?? null,
    payment,
    amount: { currency, minor: magnitude(minor) },
    fee: feeMinor === undefined ? null : { currency, minor: magnitude(feeMinor) },
    at: Date.parse(transaction.transaction_initiation_date),
  }
}

const magnitude = (minor: bigint): bigint => (minor < 0n ? -minor : minor)
