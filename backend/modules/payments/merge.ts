import { type Money, moneyText } from '#protocol/money.ts'
import type { PaymentCurrency } from '#protocol/payments.ts'
import { sumsOf } from '#protocol/payments-actions.ts'
import type { SeenSnapshot } from '#protocol/payments-commands.ts'
import {
  addTransfers,
  type Books,
  captureTransfers,
  disputeLostTransfers,
  disputeTransfers,
  disputeWonTransfers,
  feeBackTransfers,
  feeTransfers,
  holdTransfers,
  refundTransfers,
  releaseTransfers,
  type Sums,
  type Transfer,
} from '#protocol/payments-ledger.ts'
import { type Ending, moneyStateOf, type Signal, stateOf, type Treatment, treatments } from '#protocol/payments-life.ts'
import type { ActRow, CaseKind, PaymentRow } from '#protocol/payments-records.ts'
import { actsAfter, awaitingRefund } from './acts.ts'

/**
 * What a snapshot adds to a payment, pure. Everything that happened at the provider has an id of its own and is booked
 * once under it, so it makes no difference how often, or in which order, snapshots come: a later one holds all that an
 * earlier one did. What contradicts the order or the books is left out and told; of a payment that is not the one that
 * was ordered (another amount or currency) nothing is taken.
 */

export interface CaseFound {
  readonly kind: CaseKind
  /** What it is about, to open each case once. */
  readonly about: string
  readonly theirs: string
  readonly ours: string
}
type Seen = Pick<
  PaymentRow,
  'reference' | 'authorisation' | 'captures' | 'refunds' | 'disputes' | 'offered' | 'ended' | 'payer'
>
export interface Merged {
  /** null: nothing new is booked. */
  readonly seen:
    | (Seen & {
        readonly transfers: readonly Transfer[]
        readonly acts: ReturnType<typeof actsAfter>
        readonly state: PaymentRow['state']
      })
    | null
  readonly cases: readonly CaseFound[]
}

/** What can't be: it is not booked. */
class Contradiction extends Error {
  readonly found: CaseFound
  constructor(found: CaseFound) {
    super(found.kind)
    this.found = found
  }
}

/** Ids of a snapshot, which may count for no other payment. */
export const idsIn = ({ reference, authorisation, captures, refunds, disputes }: SeenSnapshot): readonly string[] => [
  ...new Set([
    reference,
    ...(authorisation ? [authorisation.id] : []),
    ...[...captures, ...refunds, ...disputes].map(({ id }) => id),
  ]),
]

export const mergeSnapshot = (row: PaymentRow, snapshot: SeenSnapshot): Merged => {
  try {
    return merged(row, snapshot)
  } catch (thrown) {
    if (thrown instanceof Contradiction) return { seen: null, cases: [thrown.found] }
    throw thrown
  }
}

/** What is gathered while a snapshot is gone through. */
interface Draft {
  readonly row: PaymentRow
  readonly books: Books
  sums: Sums
  offered: boolean
  ended: Ending | null
  readonly transfers: Transfer[]
  readonly cases: CaseFound[]
}

const merged = (row: PaymentRow, snapshot: SeenSnapshot): Merged => {
  const draft: Draft = {
    row,
    books: row,
    sums: sumsOf(row),
    offered: row.offered,
    ended: row.ended,
    transfers: [],
    cases: [],
  }
  assertOrdered(row, snapshot)
  const authorisation = mergeHold(draft, snapshot)
  const captures = mergeCaptures(draft, snapshot)
  const refunds = mergeRefunds(draft, snapshot)
  const disputes = mergeDisputes(draft, snapshot)
  mergeEnd(draft, snapshot)
  tellReturnedTwice(draft)
  const acts = actsAfter(row, snapshot, refunds)
  const reference = referenceAfter(row, snapshot)
  const payer = row.payer ?? snapshot.payer
  const settled = row.acts.map((act) => ({ ...act, ...acts.find((one) => one.act === act.act) }))
  const unknown = settled.some(({ state }) => state === 'unknown')
  const seen = {
    ...{ reference, authorisation, captures, refunds, disputes, payer, acts },
    ...{ offered: draft.offered, ended: draft.ended, transfers: draft.transfers },
    state: stateOf(draft, unknown),
  }
  return { seen: isNews(row, seen) ? seen : null, cases: draft.cases }
}

const isNews = (row: PaymentRow, seen: NonNullable<Merged['seen']>): boolean =>
  seen.transfers.length > 0 ||
  seen.acts.length > 0 ||
  (['reference', 'offered', 'ended', 'payer'] as const).some((field) => seen[field] !== row[field]) ||
  (['authorisation', 'captures', 'refunds', 'disputes'] as const).some(
    (field) => JSON.stringify(seen[field]) !== JSON.stringify(row[field]),
  )

type Said = { readonly currency: string; readonly minor: string }
const textOf = ({ currency, minor }: Said): string => {
  const money = { currency, minor: BigInt(minor) } as Money
  return isCurrency(currency) ? moneyText(money) : `${minor} ${currency}`
}
const isCurrency = (currency: string): currency is PaymentCurrency => ['JPY', 'USD', 'XTR'].includes(currency)
const oursOf = ({ currency }: PaymentRow, minor: bigint): string => textOf({ currency, minor: minor.toString() })

/** The amount in the payment's currency. @throws Contradiction for another currency, or for nothing or less */
const minorOf = ({ row }: Pick<Draft, 'row'>, said: Said, about: string, least = 1n): bigint => {
  if (said.currency !== row.currency || BigInt(said.minor) < least || BigInt(said.minor) > mostMinor) {
    const ours = oursOf(row, BigInt(row.amount))
    throw new Contradiction({ kind: 'amount-differs', about, theirs: textOf(said), ours })
  }
  return BigInt(said.minor)
}
const mostMinor = 999_999_999_999_999n

const assertOrdered = (row: PaymentRow, { amount }: SeenSnapshot): void => {
  if (amount.currency === row.currency && BigInt(amount.minor) === BigInt(row.amount)) return
  const ours = oursOf(row, BigInt(row.amount))
  throw new Contradiction({ kind: 'amount-differs', about: 'order', theirs: textOf(amount), ours })
}

/** What is booked under this id already must have been of this amount. */
const assertSame = ({ row }: Draft, id: string, booked: string, minor: bigint): void => {
  if (BigInt(booked) === minor) return
  const [theirs, ours] = [oursOf(row, minor), oursOf(row, BigInt(booked))]
  throw new Contradiction({ kind: 'amount-differs', about: id, theirs, ours })
}

/** @throws Contradiction when it can't be in this state */
const treat = (draft: Draft, signal: Signal, about: string, theirs: string): Treatment => {
  const state = moneyStateOf(draft)
  const treatment = treatments[state][signal]
  if (treatment === 'ask') throw new Contradiction({ kind: 'contradiction', about, theirs, ours: state })
  if (treatment === 'tell') draft.cases.push({ kind: 'paid-late', about, theirs, ours: state })
  return treatment
}

const book = (draft: Draft, transfers: readonly Transfer[]): void => {
  draft.transfers.push(...transfers)
  draft.sums = addTransfers(draft.sums, transfers)
}
const release = (draft: Draft): void => book(draft, releaseTransfers(draft.books, draft.sums.held))

const tooMuch = ({ row }: Draft, about: string, theirs: bigint, ours: bigint): Contradiction =>
  new Contradiction({ kind: 'too-much', about, theirs: oursOf(row, theirs), ours: oursOf(row, ours) })

/** What can't be is left out and told; the rest of the snapshot counts. */
const each = <Item>(draft: Draft, items: readonly Item[], merge: (item: Item) => void): void => {
  for (const item of items) {
    try {
      merge(item)
    } catch (thrown) {
      if (!(thrown instanceof Contradiction)) throw thrown
      draft.cases.push(thrown.found)
    }
  }
}
/** Lists come in the order of their making, whatever order the provider gives them. */
const inOrder = <Item extends { readonly id: string; readonly at: number }>(items: readonly Item[]): readonly Item[] =>
  items.toSorted((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1))
const feeOf = (id: string): string => `fee of ${id}`.slice(0, 200)

const mergeHold = (draft: Draft, { authorisation, state }: SeenSnapshot): PaymentRow['authorisation'] => {
  const { row } = draft
  let here = row.authorisation
  each(draft, authorisation === null ? [] : [authorisation], ({ id, amount, expiresAt }) => {
    const minor = minorOf(draft, amount, id)
    if (minor > BigInt(row.amount)) throw tooMuch(draft, id, minor, BigInt(row.amount))
    if (row.authorisation?.id === id) assertSame(draft, id, row.authorisation.minor, minor)
    // One that is over when it is first seen was never ours to use.
    else if (state === 'authorised' && treat(draft, 'hold', id, oursOf(row, minor)) !== 'drop') {
      book(draft, holdTransfers(draft.books, minor))
    }
    here = { id, minor: minor.toString(), expiresAt }
  })
  return here
}

const mergeCaptures = (draft: Draft, { captures }: SeenSnapshot): PaymentRow['captures'] => {
  const known = new Map(draft.row.captures.map((capture) => [capture.id, capture]))
  const seen = inOrder(captures)
  each(draft, seen, ({ id, amount, at }) => {
    const minor = minorOf(draft, amount, id)
    const before = known.get(id)
    if (before) return assertSame(draft, id, before.minor, minor)
    capture(draft, id, minor)
    known.set(id, { id, minor: minor.toString(), fee: null, at })
  })
  each(draft, seen, ({ id, fee: said }) => {
    const booked = known.get(id)
    if (said === null || !booked) return
    const fee = minorOf(draft, said, feeOf(id), 0n)
    if (booked.fee !== null) return assertSame(draft, feeOf(id), booked.fee, fee)
    if (fee > BigInt(booked.minor)) throw tooMuch(draft, feeOf(id), fee, BigInt(booked.minor))
    book(draft, feeTransfers(draft.books, fee))
    known.set(id, { ...booked, fee: fee.toString() })
  })
  return [...known.values()]
}

const capture = (draft: Draft, id: string, minor: bigint): void => {
  const most = BigInt(draft.row.amount)
  if (draft.sums.captured + minor > most) throw tooMuch(draft, id, draft.sums.captured + minor, most)
  treat(draft, 'capture', id, oursOf(draft.row, minor))
  // What was reserved becomes money, or is let go.
  release(draft)
  book(draft, captureTransfers(draft.books, minor, draft.sums.captured))
}

const mergeRefunds = (draft: Draft, snapshot: SeenSnapshot): PaymentRow['refunds'] => {
  const known = new Map(draft.row.refunds.map((refund) => [refund.id, refund]))
  const open = awaitingRefund(draft.row)
  const seen = inOrder(snapshot.refunds.filter(({ state }) => state === 'done'))
  each(draft, seen, ({ id, act: said, amount, at }) => {
    const minor = minorOf(draft, amount, id)
    const before = known.get(id)
    if (before) return assertSame(draft, id, before.minor, minor)
    const act = actFor(open, said, minor)
    refund(draft, id, minor, act)
    known.set(id, { id, act, minor: minor.toString(), feeBack: null, at })
  })
  each(draft, seen, ({ id, feeBack: said }) => {
    const booked = known.get(id)
    if (said === null || !booked) return
    const back = minorOf(draft, said, feeOf(id), 0n)
    if (booked.feeBack !== null) return assertSame(draft, feeOf(id), booked.feeBack, back)
    if (back > draft.sums.fees) throw tooMuch(draft, feeOf(id), back, draft.sums.fees)
    book(draft, feeBackTransfers(draft.books, back))
    known.set(id, { ...booked, feeBack: back.toString() })
  })
  return [...known.values()]
}

/** Ours by the provider's word, else the oldest of ours of just this amount; each act once. */
const actFor = (open: ActRow[], said: ActRow['act'] | null, minor: bigint): ActRow['act'] | null => {
  const found = open.findIndex(({ act, minor: asked }) => (said === null ? BigInt(asked) === minor : act === said))
  return found < 0 ? null : (open.splice(found, 1)[0]?.act ?? null)
}

const refund = (draft: Draft, id: string, minor: bigint, act: ActRow['act'] | null): void => {
  const { captured, refunded } = draft.sums
  const theirs = oursOf(draft.row, minor)
  treat(draft, 'refund', id, theirs)
  if (refunded + minor > captured) throw tooMuch(draft, id, refunded + minor, captured)
  const asked = draft.row.acts.find((one) => one.act === act)
  if (asked) assertSame(draft, id, asked.minor, minor)
  else draft.cases.push({ kind: 'refunded-elsewhere', about: id, theirs, ours: '' })
  book(draft, refundTransfers(draft.books, minor, refunded))
}

const mergeDisputes = (draft: Draft, snapshot: SeenSnapshot): PaymentRow['disputes'] => {
  const known = new Map(draft.row.disputes.map((dispute) => [dispute.id, dispute]))
  each(draft, inOrder(snapshot.disputes), ({ id, amount, state, at }) => {
    const minor = minorOf(draft, amount, id)
    const before = known.get(id)
    if (before) assertSame(draft, id, before.minor, minor)
    else dispute(draft, id, minor)
    const was = before?.state ?? 'open'
    if (was !== 'open') {
      // Open again: an older look than the one that closed it. Otherwise an appeal, and a person knows more.
      if (state === 'open' || state === was) return
      throw new Contradiction({ kind: 'contradiction', about: id, theirs: state, ours: was })
    }
    if (state === 'won') book(draft, disputeWonTransfers(draft.books, minor))
    if (state === 'lost') book(draft, disputeLostTransfers(draft.books, minor))
    known.set(id, { id, minor: minor.toString(), state, at: before?.at ?? at })
  })
  return [...known.values()]
}

const dispute = (draft: Draft, id: string, minor: bigint): void => {
  const theirs = oursOf(draft.row, minor)
  treat(draft, 'dispute', id, theirs)
  const { captured, disputed, lost } = draft.sums
  if (disputed + lost + minor > captured) throw tooMuch(draft, id, disputed + lost + minor, captured)
  draft.cases.push({ kind: 'dispute', about: id, theirs, ours: '' })
  book(draft, disputeTransfers(draft.books, minor))
}

/** Each of a refund and a lost dispute may be right by itself; together they gave back more than was paid. */
const tellReturnedTwice = ({ row, sums: { captured, refunded, lost }, cases }: Draft): void => {
  if (lost === 0n || refunded + lost <= captured) return
  const [theirs, ours] = [oursOf(row, refunded + lost), oursOf(row, captured)]
  cases.push({ kind: 'too-much', about: 'returned', theirs, ours })
}

const mergeEnd = (draft: Draft, { state }: SeenSnapshot): void => {
  if (state === 'open' || state === 'processing') {
    if (treatments[moneyStateOf(draft)].offer === 'take') draft.offered = true
  } else if (state === 'cancelled' || state === 'expired' || state === 'failed') {
    each(draft, [state], () => {
      if (treat(draft, 'end', 'end', state) !== 'take') return
      release(draft)
      draft.ended = state
    })
  }
}

/** A better one takes the place of the order's: buyers read the number of what they paid. */
const referenceAfter = (row: PaymentRow, { reference }: SeenSnapshot): string =>
  row.reference === '' || row.captures.length === 0 ? reference : row.reference
