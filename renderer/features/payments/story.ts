import type { Instant } from '#protocol/ids.ts'
import { type ActKind, providerTraits } from '#protocol/payments.ts'
import {
  cancelTarget,
  openActs,
  refundable,
  sumsOf,
  type WhyNot,
  whyNotCancel,
  whyNotCapture,
  whyNotRefund,
} from '#protocol/payments-actions.ts'
import {
  type Books,
  captureTransfers,
  refundTransfers,
  releaseTransfers,
  type Transfer,
} from '#protocol/payments-ledger.ts'
import type { ActRow, CaseRow, PaymentRow } from '#protocol/payments-records.ts'

/** What a payment's page says of it, pure. */

export type StoryItem = { readonly at: Instant; readonly key: string } & (
  | { readonly what: 'created'; readonly by: string }
  | { readonly what: 'asked'; readonly act: ActRow }
  | { readonly what: 'captured'; readonly id: string; readonly minor: string; readonly fee: string | null }
  | { readonly what: 'refunded'; readonly id: string; readonly minor: string; readonly elsewhere: boolean }
  | { readonly what: 'disputed'; readonly id: string; readonly minor: string; readonly state: 'open' | 'won' | 'lost' }
  | { readonly what: 'ended'; readonly ending: NonNullable<PaymentRow['ended']> }
  | { readonly what: 'case'; readonly of: CaseRow; readonly entry: CaseRow['history'][number] }
)

/** Of one moment, what is asked comes before what comes of it. */
const order: Readonly<Record<StoryItem['what'], number>> = {
  ...{ created: 0, asked: 1, captured: 2, refunded: 3, disputed: 4, case: 5, ended: 6 },
}

/** In the order in which it happened. When a payment ended is not told by rows: it is the last that they changed for. */
export const storyOf = (row: PaymentRow, cases: readonly CaseRow[]): readonly StoryItem[] => {
  const items: StoryItem[] = [
    { what: 'created', key: 'created', at: row.at, by: row.by },
    ...row.acts
      // Making it is how it begins; only what went wrong with it is news.
      .filter(({ kind, state }) => kind !== 'create' || state === 'refused' || state === 'unknown')
      .map((act) => ({ what: 'asked' as const, key: `act ${act.act}`, at: act.at, act })),
    ...row.captures.map(({ id, minor, fee, at }) => ({
      ...{ what: 'captured' as const, key: `capture ${id}`, at, id, minor, fee },
    })),
    ...row.refunds.map(({ id, minor, act, at }) => ({
      ...{ what: 'refunded' as const, key: `refund ${id}`, at, id, minor, elsewhere: act === null },
    })),
    ...row.disputes.map(({ id, minor, state, at }) => ({
      ...{ what: 'disputed' as const, key: `dispute ${id}`, at, id, minor, state },
    })),
    ...(row.ended === null ? [] : [{ what: 'ended' as const, key: 'ended', at: row.changedAt, ending: row.ended }]),
    ...cases.flatMap((of) =>
      of.history.map((entry, nth) => ({
        what: 'case' as const,
        key: `case ${of.key} ${nth}`,
        at: entry.at,
        of,
        entry,
      })),
    ),
  ]
  // Providers tell whole seconds, and of a cancellation no time at all: nothing is told before what it came of.
  const asked = new Map(row.acts.map((act) => [act.act as string, act.at]))
  const cause = new Map(row.refunds.map(({ id, act }) => [`refund ${id}`, asked.get(act ?? '') ?? row.at]))
  const since = ({ key, at }: StoryItem): number => Math.max(at, cause.get(key) ?? row.at)
  return items
    .map((item) => ({ ...item, at: since(item) as Instant }))
    .toSorted((one, other) => one.at - other.at || order[one.what] - order[other.what])
}

export type OperatorAct = Exclude<ActKind, 'create'>

/** Why an act is not possible now; null: it is. */
export const whyNot = (kind: OperatorAct, row: PaymentRow, now: Instant): WhyNot | null => {
  if (kind === 'refund') return whyNotRefund(row)
  return kind === 'cancel' ? whyNotCancel(row, now) : whyNotCapture(row, now)
}

const booksOf = ({ provider, merchant, taxRate }: PaymentRow): Books => ({ provider, merchant, taxRate })

/** What an act is about, and within which amounts (minor units); `fixed`: it has no other amount. */
export interface ActRange {
  readonly least: bigint
  readonly most: bigint
  readonly fixed: boolean
}
/** @param capture the provider's id of what is refunded */
export const rangeOf = (kind: OperatorAct, row: PaymentRow, capture: string | null): ActRange => {
  if (kind === 'cancel') {
    const minor = cancelTarget(row)?.minor ?? 0n
    return { least: minor, most: minor, fixed: true }
  }
  if (kind === 'capture') return { least: 1n, most: sumsOf(row).held, fixed: false }
  const { captured } = sumsOf(row)
  if (!providerTraits[row.provider].partialRefund) return { least: captured, most: captured, fixed: true }
  const of = BigInt(row.captures.find(({ id }) => id === capture)?.minor ?? '0')
  const left = refundable(row)
  return { least: 1n, most: of < left ? of : left, fixed: false }
}

/** Which words tell what an act does: a cancellation is told by what it takes back. `captured`: what was paid already. */
export const tellingOf = (
  kind: OperatorAct,
  row: PaymentRow,
): 'refund' | 'capture' | 'link' | 'authorisation' | 'captured' => {
  if (kind !== 'cancel') return kind
  const what = cancelTarget(row)?.what ?? 'link'
  return what === 'capture' ? 'captured' : what
}

/** The transfers that an act brings once the provider has done it; fees aside, which it alone tells. */
export const effectOf = (kind: OperatorAct, row: PaymentRow, minor: bigint): readonly Transfer[] => {
  const { held, captured, refunded } = sumsOf(row)
  const books = booksOf(row)
  if (kind === 'refund') return refundTransfers(books, minor, refunded)
  if (kind === 'capture') return [...releaseTransfers(books, held), ...captureTransfers(books, minor, captured)]
  const what = cancelTarget(row)?.what
  if (what === 'authorisation') return releaseTransfers(books, held)
  return what === 'capture' ? refundTransfers(books, minor, refunded) : []
}

/** What the provider was asked for and has not answered for good. */
export const underWay = (row: PaymentRow): readonly ActRow[] => openActs(row).filter(({ kind }) => kind !== 'create')

/** The parameters of the command, as the operator saw the payment. */
export const paramsOf = (
  kind: OperatorAct,
  row: PaymentRow,
  { capture, minor, reason }: { readonly capture: string | null; readonly minor: bigint; readonly reason: string },
) => {
  const about = { payment: row.payment, amount: { currency: row.currency, minor: minor.toString() } }
  if (kind === 'capture') return about
  if (kind === 'cancel') return { ...about, what: cancelTarget(row)?.what ?? 'link', reason }
  return { ...about, capture: capture ?? '', left: refundable(row).toString(), reason }
}
