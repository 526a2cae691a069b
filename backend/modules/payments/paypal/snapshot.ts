import type { Money } from '#protocol/money.ts'
import type { ActId, PaymentId } from '#protocol/payments.ts'
import type { Snapshot } from '../provider.ts'
import { actOf, paymentOf } from '../references.ts'
import {
  minorOf,
  type PayPalAmount,
  type PayPalAuthorization,
  type PayPalCapture,
  type PayPalDispute,
  type PayPalOrder,
  type PayPalRefund,
} from './answers.ts'

/** What a refund carries: a webhook about it names nothing else of ours. */
export const refundCustomId = (payment: PaymentId, act: ActId): string => `${payment}:${act}`

/** A capture whose money is here, or was. */
const moved = new Set<PayPalCapture['status']>(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED'])
/** What PayPal still thinks about. */
const undecided = new Set<string>(['PENDING'])

/**
 * An order as the port shows it. Amounts are PayPal's own.
 * @returns null when an amount is missing, or none of its currency: nothing is guessed
 */
export const snapshotOf = (
  order: PayPalOrder,
  disputes: readonly PayPalDispute[],
  orderedAt: number,
): Snapshot | null => {
  const [unit] = order.purchase_units ?? []
  const { captures = [], authorizations = [], refunds = [] } = unit?.payments ?? {}
  const unreadable: string[] = []
  const money = (amount: PayPalAmount): Money => {
    const minor = minorOf(amount.currency_code, amount.value)
    if (minor === undefined) unreadable.push(amount.value)
    return { currency: amount.currency_code === 'JPY' ? 'JPY' : 'USD', minor: minor ?? 0n }
  }
  const at = (time: string | undefined): number => (time === undefined ? orderedAt : Date.parse(time))
  const fee = (amount: PayPalAmount | undefined): Money | null => (amount ? money(amount) : null)
  const { amount } = unit ?? {}
  if (!amount) return null
  const [authorization] = authorizations
  const snapshot: Snapshot = {
    reference: order.id,
    payment: paymentOf(unit?.custom_id),
    amount: money(amount),
    state: stateOf(order, captures, authorizations),
    authorisation:
      authorization && ['CREATED', 'CAPTURED', 'PARTIALLY_CAPTURED'].includes(authorization.status)
        ? {
            id: authorization.id,
            amount: money(authorization.amount),
            at: at(authorization.create_time),
            expiresAt: authorization.expiration_time === undefined ? null : at(authorization.expiration_time),
          }
        : null,
    captures: captures
      .filter(({ status }) => moved.has(status))
      .map((one) => ({
        id: one.id,
        amount: money(one.amount),
        fee: fee(one.seller_receivable_breakdown?.paypal_fee),
        at: at(one.create_time),
      })),
    refunds: refunds.map((one) => ({
      id: one.id,
      act: actOf(one.custom_id?.split(':')[1]),
      amount: money(one.amount),
      feeBack: fee(one.seller_payable_breakdown?.paypal_fee),
      state: refundState(one),
      at: at(one.create_time),
    })),
    disputes: disputes.map((one) => ({
      id: one.dispute_id,
      amount: money(one.dispute_amount ?? amount),
      state: disputeState(one),
      at: at(one.create_time),
    })),
    payer: payerOf(order),
  }
  return unreadable.length > 0 ? null : snapshot
}

const stateOf = (
  { status }: PayPalOrder,
  captures: readonly PayPalCapture[],
  authorizations: readonly PayPalAuthorization[],
): Snapshot['state'] => {
  if (captures.some((one) => moved.has(one.status))) return 'captured'
  if (captures.some((one) => undecided.has(one.status))) return 'processing'
  const [authorization] = authorizations
  if (authorization) {
    if (undecided.has(authorization.status)) return 'processing'
    if (authorization.status === 'VOIDED') return 'cancelled'
    return authorization.status === 'DENIED' ? 'failed' : 'authorised'
  }
  if (captures.length > 0) return 'failed'
  if (status === 'VOIDED') return 'cancelled'
  // Completed, and nothing to show for it yet.
  return status === 'COMPLETED' ? 'processing' : 'open'
}

const refundState = ({ status }: PayPalRefund): Snapshot['refunds'][number]['state'] =>
  status === 'COMPLETED' ? 'done' : status === 'PENDING' ? 'pending' : 'failed'

/** Outcomes in which the buyer keeps nothing of ours. */
const forUs = new Set(['RESOLVED_SELLER_FAVOUR', 'RESOLVED_SELLER_FAVOR', 'CANCELED_BY_BUYER', 'DENIED', 'NONE'])

const disputeState = ({ status, dispute_outcome }: PayPalDispute): Snapshot['disputes'][number]['state'] => {
  // PayPal may pay the buyer from its own pocket: then we keep the money, too.
  const code = dispute_outcome?.outcome_code
  if (status !== 'RESOLVED' || code === undefined) return 'open'
  return forUs.has(code) || code === 'RESOLVED_WITH_PAYOUT' ? 'won' : 'lost'
}

const payerOf = ({ payer }: PayPalOrder): Snapshot['payer'] => {
  if (!payer?.payer_id) return null
  const name = [payer.name?.given_name, payer.name?.surname].filter(Boolean).join(' ')
  return { account: payer.payer_id, name: name || null, email: payer.email_address ?? null }
}
