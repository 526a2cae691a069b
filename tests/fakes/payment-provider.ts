import type {
  Acted,
  Created,
  Looked,
  NotDone,
  Provider,
  Read,
  RefundOrder,
  Snapshot,
  Statement,
  StatementLine,
} from '#backend/modules/payments/provider.ts'
import type { Money } from '#protocol/money.ts'
import type { PaymentId, ProviderName } from '#protocol/payments.ts'

/**
 * A provider in memory, behind the module's own port: what it did is the truth that the ledger is held against. What it
 * answers can be lost, before or after it acted. (The real protocols have fakes of their own.)
 */

/** lost-request: it never heard of it. lost-answer: it acted, and nobody knows. busy: not now. refused: not with this key. */
export type Fault = 'none' | 'lost-request' | 'lost-answer' | 'busy' | 'refused'

interface Held {
  readonly amount: Money
  readonly intent: 'capture' | 'authorise'
  state: Snapshot['state']
  authorisation: Snapshot['authorisation']
  captures: Snapshot['captures']
  refunds: Snapshot['refunds']
  /** Times that each act was carried out; more than once would be a second refund. */
  readonly done: Map<string, number>
}

export interface ScriptedProvider extends Provider {
  /** What happens to the next call. */
  fault: () => Fault
  /** How far its messages are proved. */
  proof: 'signature' | 'none'
  /** What it says instead of the truth. */
  lie: (snapshot: Snapshot) => Snapshot
  /** The buyer pays; false where there is nothing to pay. */
  pay(payment: PaymentId): boolean
  /** The merchant refunds on the provider's own pages. */
  refundElsewhere(payment: PaymentId, minor: bigint): void
  truth(payment: PaymentId): Held | undefined
  /** Its own account of what happened on a day (JST), as it is asked for. */
  account: (day: string) => Statement | Promise<Statement>
  readonly asStatement: (lines: readonly StatementLine[]) => Statement
  readonly asked: { lookups: number }
}

export const scriptedProvider = (name: ProviderName, now: () => number): ScriptedProvider => {
  const held = new Map<string, Held>()
  let ids = 0
  const nextId = (prefix: string): string => `${prefix}-${String(++ids).padStart(6, '0')}`
  const asked = { lookups: 0 }

  const call = async <Answer>(work: () => Answer | Promise<Answer>): Promise<Answer | NotDone> => {
    const fault = provider.fault()
    if (fault === 'busy') return { is: 'busy', code: 'RATE_LIMIT', retryAfterMs: null }
    if (fault === 'refused') return { is: 'refused', code: 'UNAUTHORIZED' }
    if (fault === 'lost-request') return { is: 'unknown', code: 'time-out' }
    const answer = await work()
    return fault === 'lost-answer' ? { is: 'unknown', code: 'time-out' } : answer
  }
  /** Under its key an act is carried out once, however often it is asked for. */
  const once = (one: Held, act: string, work: () => Acted): Acted => {
    if (one.done.has(act)) return { is: 'accepted' }
    const acted = work()
    if (acted.is === 'accepted') one.done.set(act, (one.done.get(act) ?? 0) + 1)
    return acted
  }
  const refused = (code: string): Acted => ({ is: 'refused', code })
  const sum = (items: readonly { readonly amount: Money }[]): bigint =>
    items.reduce((all, { amount }) => all + amount.minor, 0n)

  const refundTo = (
    one: Held,
    { act, amount }: Pick<RefundOrder, 'amount'> & { act: RefundOrder['act'] | null },
  ): void => {
    one.refunds = [...one.refunds, { id: nextId('refund'), act, amount, feeBack: null, state: 'done', at: now() }]
  }
  const captureTo = (one: Held, amount: Money): void => {
    one.state = 'captured'
    one.captures = [
      ...one.captures,
      { id: nextId('capture'), amount, fee: { ...amount, minor: amount.minor / 20n }, at: now() },
    ]
  }

  const provider: ScriptedProvider = {
    name,
    asked,
    fault: () => 'none',
    proof: 'none',
    lie: (snapshot) => snapshot,
    create: ({ payment, amount, intent }) =>
      call((): Created => {
        if (!held.has(payment)) {
          held.set(payment, {
            ...{ amount, intent, state: 'open', authorisation: null },
            captures: [],
            refunds: [],
            done: new Map(),
          })
        }
        return { is: 'created', reference: `order-${payment}`, url: `https://pay.example/${payment}`, expiresAt: null }
      }),
    lookup: ({ payment, reference }) => {
      asked.lookups += 1
      return call((): Looked => {
        const named = held.has(payment) ? payment : (reference?.replace('order-', '') ?? '')
        const one = held.get(named)
        if (!one) return { is: 'absent' }
        const { amount, state, authorisation, captures, refunds } = one
        const ids = { reference: `order-${named}`, payment: named as PaymentId }
        const payer = captures.length > 0 ? { account: 'buyer-1', name: null, email: null } : null
        const snapshot: Snapshot = { ...ids, amount, state, authorisation, captures, refunds, disputes: [], payer }
        return { is: 'found', snapshot: provider.lie(snapshot) }
      })
    },
    capture: ({ payment, act, amount }) =>
      call(() => {
        const one = held.get(payment)
        if (!one) return refused('absent')
        return once(one, act, () => {
          if (one.state !== 'authorised') return refused('state')
          captureTo(one, amount)
          return { is: 'accepted' }
        })
      }),
    cancel: ({ payment, act, of }) =>
      call(() => {
        const one = held.get(payment)
        if (!one) return refused('absent')
        return once(one, act, () => {
          if (of === 'capture') {
            if (one.refunds.length > 0) return refused('state')
            refundTo(one, { act: null, amount: { ...one.amount, minor: sum(one.captures) } })
          } else if (one.captures.length > 0) return refused('paid')
          one.state = 'cancelled'
          return { is: 'accepted' }
        })
      }),
    refund: ({ payment, act, amount }) =>
      call(() => {
        const one = held.get(payment)
        if (!one) return refused('absent')
        return once(one, act, () => {
          if (sum(one.refunds) + amount.minor > sum(one.captures)) return refused('too-much')
          refundTo(one, { act, amount })
          return { is: 'accepted' }
        })
      }),
    messageId: ({ body }) => Buffer.from(body).toString('hex').slice(0, 128) || 'empty',
    read: async ({ body }): Promise<Read> => {
      const text = Buffer.from(body).toString()
      if (text.startsWith('forged')) return { is: 'forged', code: 'signature' }
      return { is: 'about', payment: text as PaymentId, reference: null, proof: provider.proof }
    },
    account: (day) => asStatement(linesOf(held, day)),
    asStatement,
    statement: (day) => call(() => provider.account(day)),
    health: async () => ({ is: 'up', latencyMs: 1, account: null }),
    pay: (payment) => {
      const one = held.get(payment)
      if (one?.state !== 'open') return false
      if (one.intent === 'capture') captureTo(one, one.amount)
      else {
        one.state = 'authorised'
        one.authorisation = { id: nextId('hold'), amount: one.amount, at: now(), expiresAt: null }
      }
      return true
    },
    refundElsewhere: (payment, minor) => {
      const one = held.get(payment)
      if (one) refundTo(one, { act: null, amount: { ...one.amount, minor } })
    },
    truth: (payment) => held.get(payment),
  }
  return provider
}

const linesOf = (held: ReadonlyMap<string, Held>, day: string): readonly StatementLine[] => {
  const from = Date.parse(`${day}T00:00:00+09:00`)
  return [...held]
    .flatMap(([payment, { captures, refunds }]) => {
      const of = { reference: `order-${payment}`, payment: payment as PaymentId }
      return [
        ...captures.map(({ id, amount, fee, at }) => ({ kind: 'capture' as const, ...of, id, amount, fee, at })),
        ...refunds.map(({ id, amount, at }) => ({ kind: 'refund' as const, ...of, id, amount, fee: null, at })),
      ]
    })
    .filter(({ at }) => at >= from && at < from + 86_400_000)
}
async function* each(lines: readonly StatementLine[]): AsyncGenerator<StatementLine> {
  yield* lines
}
const asStatement = (lines: readonly StatementLine[]): Statement => ({ is: 'statement', lines: each(lines) })
/** Its lines, for a test that edits them. */
export const statementOf = async (account: Statement | Promise<Statement>): Promise<StatementLine[]> => {
  const statement = await account
  if (statement.is !== 'statement') throw new Error(statement.is)
  const lines: StatementLine[] = []
  for await (const line of statement.lines) lines.push(line)
  return lines
}
