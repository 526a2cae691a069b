import { isOpenAct, openActs } from '#protocol/payments-actions.ts'
import type { SeenSnapshot } from '#protocol/payments-commands.ts'
import type { ActRow, PaymentRow } from '#protocol/payments-records.ts'

/** What becomes of the things asked of a provider, by what is seen there. Pure. */

type Settled = Pick<ActRow, 'act' | 'code'> & { readonly state: 'accepted' | 'done' | 'refused' }

/** Acts that a snapshot settles: what they asked for is seen, or can't happen any more. */
export const actsAfter = (
  row: PaymentRow,
  snapshot: SeenSnapshot,
  refunds: PaymentRow['refunds'],
): readonly Settled[] =>
  openActs(row).flatMap((one) => {
    const after = settledBy(row, one, snapshot, refunds)
    return after === null || after.state === one.state ? [] : [{ code: '', ...after, act: one.act }]
  })

/** Refunds and cancellations that have not shown up yet. */
export const awaitingRefund = (row: Pick<PaymentRow, 'acts'>): ActRow[] =>
  row.acts.filter((act) => (act.kind === 'refund' || act.kind === 'cancel') && isOpenAct(act))

const ended = ({ state }: SeenSnapshot): boolean => state === 'cancelled' || state === 'expired' || state === 'failed'

const settledBy = (
  row: PaymentRow,
  { act, kind, of }: ActRow,
  snapshot: SeenSnapshot,
  refunds: PaymentRow['refunds'],
): { readonly state: Settled['state']; readonly code?: string } | null => {
  if (refunds.some((refund) => refund.act === act)) return { state: 'done' }
  const theirs = snapshot.refunds.find((refund) => refund.act === act)
  if (theirs) return theirs.state === 'failed' ? { state: 'refused', code: 'refund-failed' } : { state: 'accepted' }
  // Creating it asked for a link; who paid had one.
  if (kind === 'create') return row.link !== null || snapshot.state !== 'open' ? { state: 'done' } : null
  if (kind === 'refund') return null
  if (kind === 'capture') {
    if (snapshot.captures.length > 0) return { state: 'done' }
    return ended(snapshot) ? { state: 'refused', code: snapshot.state } : null
  }
  if (ended(snapshot)) return { state: 'done' }
  // It was to be taken back before it was paid, and was paid first.
  return snapshot.captures.some(({ id }) => id !== of) ? { state: 'refused', code: 'captured' } : null
}
