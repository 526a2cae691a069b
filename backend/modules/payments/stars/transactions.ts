import type { Instant } from '#protocol/ids.ts'
import type { Money } from '#protocol/money.ts'
import type { PaymentId } from '#protocol/payments.ts'
import type { Snapshot, StatementLine } from '../provider.ts'
import { paymentOf } from '../references.ts'
import type { Bot, StarTransaction } from './bot.ts'

/**
 * Telegram has no question for one payment: everything is found among the bot's transactions, which only grow at their
 * end. What was read stays in memory, and a first look finds its beginning by halves.
 */
export interface Transactions {
  /** Everything from then on, up to now; oldest first. */
  since(from: Instant, signal: AbortSignal): Promise<readonly StarTransaction[]>
}

const pageSize = 100
/** How far our clock may be ahead of Telegram's, ms: a desktop that takes local time for UTC is nine hours off. */
const slackMs = 86_400_000
/** Beyond it memory is given back and a look begins anew. */
const mostKept = 50_000

export const createTransactions = (bot: () => Bot): Transactions => {
  let kept: { readonly from: Instant; readonly begin: number; readonly all: StarTransaction[] } | undefined
  let reading: Promise<unknown> = Promise.resolve()

  const read = async (from: Instant, signal: AbortSignal): Promise<readonly StarTransaction[]> => {
    if (!kept || from < kept.from || kept.all.length > mostKept) {
      kept = { from, begin: await firstSince(bot(), from, signal), all: [] }
    }
    const { all, begin } = kept
    for (;;) {
      const page = await bot().getStarTransactions(begin + all.length, pageSize, signal)
      all.push(...page)
      if (page.length < pageSize) break
    }
    return all.filter(({ date }) => date * 1000 >= from)
  }
  return {
    // One after the other: two that read on at once would keep a page twice.
    since: (from, signal) => {
      const mine = reading.then(() => read(from - slackMs, signal))
      reading = mine.catch(() => undefined)
      return mine
    },
  }
}

/** How many transactions are older. */
const firstSince = async (bot: Bot, from: Instant, signal: AbortSignal): Promise<number> => {
  const isOlder = async (offset: number): Promise<boolean> => {
    const [found] = await bot.getStarTransactions(offset, 1, signal)
    return found !== undefined && found.date * 1000 < from
  }
  let low = 0
  let high = 1
  while (await isOlder(high - 1)) {
    low = high
    high *= 2
  }
  // Everything before `low` is older, what stands at `high - 1` is not.
  while (low < high - 1) {
    const middle = Math.floor((low + high) / 2)
    if (await isOlder(middle - 1)) low = middle
    else high = middle
  }
  return low
}

const stars = (amount: number): Money => ({ currency: 'XTR', minor: BigInt(Math.abs(amount)) })

/** An incoming payment by invoice. */
const isPayment = ({ source }: StarTransaction): boolean =>
  source?.type === 'user' && source.transaction_type === 'invoice_payment'
const payloadOf = ({ source, receiver }: StarTransaction): PaymentId | null =>
  paymentOf(source?.invoice_payload ?? receiver?.invoice_payload)

/** Its own id would be the payment's. */
const refundId = (charge: string): string => `${charge}:refund`

/** Everything about one payment. @returns null when nobody has paid it */
export const snapshotOf = (payment: PaymentId, all: readonly StarTransaction[]): Snapshot | null => {
  const payments = all.filter((one) => isPayment(one) && payloadOf(one) === payment)
  const [first] = payments
  if (!first) return null
  const charges = new Map(payments.map((one) => [one.id, one]))
  const refunds = all.filter((one) => one.receiver && charges.has(one.id))
  const user = first.source?.user
  const name = [user?.first_name, user?.last_name].filter(Boolean).join(' ')
  return {
    reference: first.id,
    payment,
    amount: stars(first.amount),
    state: 'captured',
    authorisation: null,
    // A link that was passed on may be paid more than once: each is a capture, and the ledger says so.
    captures: payments.map(({ id, amount, date }) => ({ id, amount: stars(amount), fee: null, at: date * 1000 })),
    refunds: refunds.map(({ id, amount, date }) => ({
      ...{ id: refundId(id), act: null, amount: stars(amount), feeBack: null, at: date * 1000 },
      state: 'done',
    })),
    disputes: [],
    payer: user ? { account: String(user.id), name: name || null, email: null } : null,
  }
}

/** Who paid a charge, and whether it was given back. */
export const chargeOf = (
  charge: string,
  all: readonly StarTransaction[],
): { readonly user: number; readonly refunded: boolean } | undefined => {
  const user = all.find((one) => isPayment(one) && one.id === charge)?.source?.user?.id
  return user === undefined ? undefined : { user, refunded: all.some((one) => one.id === charge && one.receiver) }
}

const kindOf = (one: StarTransaction): StatementLine['kind'] => {
  if (isPayment(one)) return 'capture'
  if (one.receiver?.type === 'user' && one.receiver.transaction_type === 'invoice_payment') return 'refund'
  const partner = one.source ?? one.receiver
  if (partner?.type === 'fragment') return 'payout'
  return partner?.type === 'telegram_ads' || partner?.type === 'telegram_api' ? 'fee' : 'other'
}

export const lineOf = (one: StarTransaction): StatementLine => {
  const kind = kindOf(one)
  const id = kind === 'refund' ? refundId(one.id) : one.id
  const reference = kind === 'capture' || kind === 'refund' ? one.id : null
  return { kind, id, reference, payment: payloadOf(one), amount: stars(one.amount), fee: null, at: one.date * 1000 }
}
