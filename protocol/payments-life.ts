import { z } from 'zod'
import type { Sums } from './payments-ledger.ts'

/**
 * The life of a payment, pure. What happened to its money is read from its transfers; what is asked and not answered lies
 * over it as `unknown`. Nothing here knows a provider.
 */

/** What its money says. `refunded`: all of it went back, by refund or by a lost dispute. */
export const moneyStates = [
  'created',
  'pending',
  'authorised',
  'captured',
  'partly-refunded',
  'refunded',
  'disputed',
  'cancelled',
  'failed',
] as const
export type MoneyState = (typeof moneyStates)[number]
/** unknown: something was asked of the provider, and nobody knows yet whether it happened. Never a failure. */
export const paymentStates = [...moneyStates, 'unknown'] as const
export const paymentStateSchema = z.enum(paymentStates)
export type PaymentState = (typeof paymentStates)[number]

/** How it ended where no money stayed. */
export const endings = ['cancelled', 'expired', 'failed'] as const
export type Ending = (typeof endings)[number]

export interface LifeFacts {
  readonly sums: Sums
  /** The buyer can pay, or has paid and the provider thinks about it. */
  readonly offered: boolean
  readonly ended: Ending | null
}

export const moneyStateOf = ({ sums, offered, ended }: LifeFacts): MoneyState => {
  const { held, captured, refunded, disputed, lost } = sums
  if (disputed > 0n) return 'disputed'
  if (captured > 0n) {
    if (refunded + lost >= captured) return 'refunded'
    return refunded + lost > 0n ? 'partly-refunded' : 'captured'
  }
  if (held > 0n) return 'authorised'
  if (ended !== null) return ended === 'failed' ? 'failed' : 'cancelled'
  return offered ? 'pending' : 'created'
}
export const stateOf = (facts: LifeFacts, unknown: boolean): PaymentState => (unknown ? 'unknown' : moneyStateOf(facts))

/** What a provider can say of a payment, each thing once. */
export const signals = ['offer', 'hold', 'capture', 'refund', 'dispute', 'end'] as const
export type Signal = (typeof signals)[number]

/**
 * - take: as expected; its transfers are booked
 * - tell: it is true and the money is where the provider says, so it is booked; but a person has to look (a case)
 * - ask: it can't be; nothing is booked, and a person has to look
 * - drop: it is known already, or too old to matter
 */
export type Treatment = 'take' | 'tell' | 'ask' | 'drop'

/** State by signal, without gaps. Amounts are judged besides: more than was ordered or captured is always `ask`. */
export const treatments: Readonly<Record<MoneyState, Readonly<Record<Signal, Treatment>>>> = {
  created: { offer: 'take', hold: 'take', capture: 'take', refund: 'ask', dispute: 'ask', end: 'take' },
  pending: { offer: 'drop', hold: 'take', capture: 'take', refund: 'ask', dispute: 'ask', end: 'take' },
  authorised: { offer: 'drop', hold: 'drop', capture: 'take', refund: 'ask', dispute: 'ask', end: 'take' },
  captured: { offer: 'drop', hold: 'drop', capture: 'take', refund: 'take', dispute: 'take', end: 'ask' },
  'partly-refunded': { offer: 'drop', hold: 'drop', capture: 'take', refund: 'take', dispute: 'take', end: 'ask' },
  // The provider calls a payment cancelled once all of it went back: no news.
  refunded: { offer: 'drop', hold: 'drop', capture: 'tell', refund: 'take', dispute: 'take', end: 'drop' },
  disputed: { offer: 'drop', hold: 'drop', capture: 'take', refund: 'take', dispute: 'take', end: 'drop' },
  // Paid after all, on a link that should have been dead.
  cancelled: { offer: 'drop', hold: 'tell', capture: 'tell', refund: 'ask', dispute: 'ask', end: 'drop' },
  failed: { offer: 'drop', hold: 'tell', capture: 'tell', refund: 'ask', dispute: 'ask', end: 'drop' },
}
