import type { Instant } from './ids.ts'
import { providerTraits } from './payments.ts'
import type { Sums } from './payments-ledger.ts'
import { type LifeFacts, moneyStateOf } from './payments-life.ts'
import { type ActRow, type PaymentRow, paymentLimits } from './payments-records.ts'

/** What may be done with a payment as it stands, and why not: the same on screens and in the backend. Pure. */

export const sumsOf = ({ sums }: Pick<PaymentRow, 'sums'>): Sums => ({
  held: BigInt(sums.held),
  captured: BigInt(sums.captured),
  refunded: BigInt(sums.refunded),
  disputed: BigInt(sums.disputed),
  lost: BigInt(sums.lost),
  fees: BigInt(sums.fees),
})
export const lifeOf = (row: Pick<PaymentRow, 'sums' | 'offered' | 'ended'>): LifeFacts => ({
  sums: sumsOf(row),
  offered: row.offered,
  ended: row.ended,
})

/** Asked of the provider, and not known to be done or refused. */
export const isOpenAct = ({ state }: Pick<ActRow, 'state'>): boolean =>
  state === 'asked' || state === 'accepted' || state === 'unknown'
export const openActs = (row: Pick<PaymentRow, 'acts'>): readonly ActRow[] => row.acts.filter(isOpenAct)

/** What of a payment could still be refunded if all that is under way succeeds, minor units. */
export const refundable = (row: Pick<PaymentRow, 'acts' | 'sums'>): bigint => {
  const { captured, refunded, disputed, lost } = sumsOf(row)
  const onItsWay = openActs(row)
    .filter(({ kind }) => kind === 'refund' || kind === 'cancel')
    .reduce((all, { minor }) => all + BigInt(minor), 0n)
  const left = captured - refunded - disputed - lost - onItsWay
  return left > 0n ? left : 0n
}

/** Why something is not possible; texts: renderer/i18n. */
export const whyNots = ['state', 'under-way', 'not-offered', 'too-late', 'nothing-left', 'too-many'] as const
export type WhyNot = (typeof whyNots)[number]

const dayMs = 86_400_000
const jstMs = 9 * 3_600_000
/** PayPay takes back what was captured until 00:14:59 JST of the next day (Open Payment API, "Cancel a payment"). */
export const cancellableUntil = (capturedAt: Instant): Instant =>
  (Math.floor((capturedAt + jstMs) / dayMs) + 1) * dayMs - jstMs + 15 * 60_000

export type CancelTarget = 'link' | 'authorisation' | 'capture'
/** What a cancellation would take back now, with its id at the provider and its minor units. */
export const cancelTarget = (
  row: PaymentRow,
): { readonly what: CancelTarget; readonly of: string; readonly minor: bigint } | null => {
  const state = moneyStateOf(lifeOf(row))
  if (state === 'created' || state === 'pending') return { what: 'link', of: '', minor: BigInt(row.amount) }
  if (state === 'authorised') {
    const { id = '' } = row.authorisation ?? {}
    return { what: 'authorisation', of: id, minor: BigInt(row.sums.held) }
  }
  const [only, ...more] = row.captures
  if (state !== 'captured' || !only || more.length > 0) return null
  return { what: 'capture', of: only.id, minor: BigInt(only.minor) }
}

const crowded = (row: PaymentRow): boolean => row.acts.length >= paymentLimits.acts

/** null: possible. */
export const whyNotCancel = (row: PaymentRow, now: Instant): WhyNot | null => {
  const target = cancelTarget(row)
  if (target === null) return 'state'
  const traits = providerTraits[row.provider]
  if (target.what === 'link' && !traits.cancelsLink) return 'not-offered'
  if (target.what === 'capture') {
    if (!traits.cancelsCaptured) return 'not-offered'
    if (now >= cancellableUntil(row.captures[0]?.at ?? 0)) return 'too-late'
  }
  // The order itself may be on its way; nothing else may.
  if (openActs(row).some(({ kind }) => kind !== 'create' || target.what !== 'link')) return 'under-way'
  return crowded(row) ? 'too-many' : null
}
export const whyNotCapture = (row: PaymentRow, now: Instant): WhyNot | null => {
  if (moneyStateOf(lifeOf(row)) !== 'authorised') return 'state'
  if (row.authorisation?.expiresAt != null && now >= row.authorisation.expiresAt) return 'too-late'
  if (openActs(row).some(({ kind }) => kind !== 'create')) return 'under-way'
  return crowded(row) ? 'too-many' : null
}
export const whyNotRefund = (row: PaymentRow): WhyNot | null => {
  if (row.captures.length === 0) return 'state'
  if (refundable(row) === 0n) return openActs(row).length > 0 ? 'under-way' : 'nothing-left'
  return crowded(row) ? 'too-many' : null
}
