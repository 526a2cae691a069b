import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaymentId } from '#protocol/payments.ts'
import { refundable, sumsOf } from '#protocol/payments-actions.ts'
import type { SeenSnapshot } from '#protocol/payments-commands.ts'
import { type CaseKind, type PaymentRow, paymentRowSchema } from '#protocol/payments-records.ts'
import { toldAs } from './findings.ts'
import { mergeSnapshot } from './merge.ts'
import { afterAsked, afterCreated, afterOffered, afterSeen } from './rows.ts'

const payment = '01939f0e-0000-7000-8000-0000000000a1' as PaymentId
const actId = (n: number) => `01939f0e-0000-7000-8000-0000000001${String(n).padStart(2, '0')}` as never
const began = 1_763_000_000_000
const by = 'tanaka' as never
const jpy = (minor: number | bigint) => ({ currency: 'JPY', minor: minor.toString() })

const created = (amount = 1_000): PaymentRow =>
  afterCreated(
    {
      ...{ payment, provider: 'paypay', currency: 'JPY', minor: String(amount), merchant: 'main', taxRate: 10 },
      ...{ intent: 'capture', title: '会員証', note: '' },
    },
    { at: began, by },
  )
const offered = (amount?: number): PaymentRow =>
  afterOffered(
    created(amount),
    { payment, provider: 'paypay', reference: 'R', link: { url: 'https://qr.example/1', expiresAt: null } },
    { at: began },
  )
const nothing: SeenSnapshot = {
  ...{ reference: 'R', amount: jpy(1_000), state: 'open', authorisation: null },
  ...{ captures: [], refunds: [], disputes: [], payer: null },
}
const captureOf = (id: string, minor: number, fee: number | null = null, at = began) => ({
  ...{ id, amount: jpy(minor), fee: fee === null ? null : jpy(fee), at },
})
const refundOf = (id: string, minor: number, act: string | null = null, at = began) => ({
  ...{ id, act: act as never, amount: jpy(minor), feeBack: null, state: 'done' as const, at },
})
const captured: SeenSnapshot = { ...nothing, state: 'captured', captures: [captureOf('C', 1_000, 35)] }

/** As the module does: what is new is projected, what was told is not told again. */
const look = (row: PaymentRow, snapshot: SeenSnapshot) => {
  const { seen, cases } = mergeSnapshot(row, snapshot)
  const fresh = cases.filter(
    (one, n) => !row.told.includes(toldAs(one)) && cases.findIndex((it) => toldAs(it) === toldAs(one)) === n,
  )
  const next =
    seen === null
      ? row
      : afterSeen(
          row,
          {
            ...{ payment, provider: row.provider, currency: row.currency, ...seen },
            ...{ captures: [...seen.captures], refunds: [...seen.refunds], disputes: [...seen.disputes] },
            ...{ acts: [...seen.acts], transfers: [...seen.transfers] },
          },
          { at: began },
        )
  const told = [...next.told, ...fresh.map(toldAs)]
  return {
    row: { ...next, told, cases: next.cases + fresh.length },
    transfers: seen?.transfers ?? [],
    kinds: fresh.map(({ kind }) => kind),
  }
}
const through = (row: PaymentRow, snapshots: readonly SeenSnapshot[]) => {
  const transfers: ReturnType<typeof look>['transfers'][number][] = []
  const kinds: CaseKind[] = []
  let now = row
  for (const snapshot of snapshots) {
    const seen = look(now, snapshot)
    now = seen.row
    transfers.push(...seen.transfers)
    kinds.push(...seen.kinds)
  }
  return { row: now, transfers, kinds }
}

/** Debits minus credits of every account. */
const balancesOf = (transfers: ReturnType<typeof through>['transfers']): ReadonlyMap<string, bigint> => {
  const balances = new Map<string, bigint>()
  for (const { debit, credit, minor } of transfers) {
    balances.set(debit, (balances.get(debit) ?? 0n) + BigInt(minor))
    balances.set(credit, (balances.get(credit) ?? 0n) - BigInt(minor))
  }
  return new Map([...balances].filter(([, balance]) => balance !== 0n).sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('a payment that is paid', () => {
  it('books the price, the tax in it and the fee, once', () => {
    const { row, transfers } = through(offered(), [nothing, captured, captured, nothing, captured])
    expect(row).toMatchObject({ state: 'captured', last4: 'C', sums: { captured: '1000', fees: '35' } })
    expect([...balancesOf(transfers)]).toEqual([
      ['clearing:paypay', 965n],
      ['fees:paypay', 35n],
      ['merchant:main', -910n],
      ['taxes', -90n],
    ])
  })

  it('books a fee that is told later', () => {
    const { row } = through(offered(), [{ ...captured, captures: [captureOf('C', 1_000)] }, captured])
    expect(row.sums.fees).toBe('35')
  })

  it('gives all tax back with the last part of a refund', () => {
    const refunds = [refundOf('A', 333), refundOf('B', 333), refundOf('D', 334)]
    const parts = refunds.map((_, n) => ({ ...captured, refunds: refunds.slice(0, n + 1) }))
    const { row, transfers } = through(offered(), parts)
    expect(row.state).toBe('refunded')
    expect(balancesOf(transfers).get('taxes')).toBeUndefined()
    expect(balancesOf(transfers).get('refunds')).toBe(910n)
  })

  it('lets a reservation go when it is captured, in part or by an end', () => {
    const authorisation = { id: 'H', amount: jpy(1_000), at: began, expiresAt: null }
    const reserved: SeenSnapshot = { ...nothing, state: 'authorised', authorisation }
    const held = through(offered(), [reserved])
    expect(held.row).toMatchObject({ state: 'authorised', sums: { held: '1000' } })
    const part: SeenSnapshot = { ...reserved, state: 'captured', captures: [captureOf('C', 400)] }
    expect(through(held.row, [part, reserved]).row).toMatchObject({
      state: 'captured',
      sums: { held: '0', captured: '400' },
    })
    expect(through(held.row, [{ ...reserved, state: 'expired' }]).row).toMatchObject({
      state: 'cancelled',
      sums: { held: '0' },
    })
  })
})

describe('a provider that lies', () => {
  it.each<[string, PaymentRow, SeenSnapshot, CaseKind]>([
    ['another amount was ordered', offered(), { ...captured, amount: jpy(1_200) }, 'amount-differs'],
    [
      'another currency was ordered',
      offered(),
      { ...captured, amount: { currency: 'USD', minor: '1000' } },
      'amount-differs',
    ],
    [
      'another currency was paid',
      offered(),
      { ...captured, captures: [{ ...captureOf('C', 1_000), amount: { currency: 'USD', minor: '1000' } }] },
      'amount-differs',
    ],
    ['more was paid', offered(), { ...captured, captures: [captureOf('C', 1_001)] }, 'too-much'],
    ['nothing was paid', offered(), { ...captured, captures: [captureOf('C', 0)] }, 'amount-differs'],
    ['less than nothing was paid', offered(), { ...captured, captures: [captureOf('C', -5)] }, 'amount-differs'],
    ['refunded without being paid', offered(), { ...nothing, refunds: [refundOf('A', 10)] }, 'contradiction'],
    [
      'it was paid twice',
      look(offered(), captured).row,
      { ...captured, captures: [captureOf('C', 1_000, 35), captureOf('D', 1_000)] },
      'too-much',
    ],
    [
      'what was paid is another amount now',
      look(offered(), captured).row,
      { ...captured, captures: [captureOf('C', 900)] },
      'amount-differs',
    ],
    [
      'more was refunded than was paid',
      look(offered(), captured).row,
      { ...captured, refunds: [refundOf('A', 1_001)] },
      'too-much',
    ],
    [
      'cancelled, and the money is nowhere',
      look(offered(), captured).row,
      { ...captured, state: 'cancelled' },
      'contradiction',
    ],
    [
      'the fee is more than the price',
      look(offered(), { ...captured, captures: [captureOf('C', 1_000)] }).row,
      { ...captured, captures: [captureOf('C', 1_000, 1_001)] },
      'too-much',
    ],
  ])('%s: a case, once, and no money moves', (_name, row, snapshot, kind) => {
    const { transfers, kinds, row: after } = through(row, [snapshot, snapshot])
    expect(transfers).toEqual([])
    expect(kinds).toEqual([kind])
    expect(after.sums).toEqual(row.sums)
    expect(after.cases).toBe(row.cases + 1)
  })

  it('books what is paid after the end, and tells', () => {
    const dead = look(offered(), { ...nothing, state: 'expired' }).row
    expect(dead.state).toBe('cancelled')
    const { row, kinds } = look(dead, captured)
    expect(row).toMatchObject({ state: 'captured', sums: { captured: '1000' } })
    expect(kinds).toEqual(['paid-late'])
  })

  it('books a refund that was made elsewhere, and tells', () => {
    const { row, kinds } = look(look(offered(), captured).row, { ...captured, refunds: [refundOf('A', 400)] })
    expect(row.sums.refunded).toBe('400')
    expect(kinds).toEqual(['refunded-elsewhere'])
  })
})

describe('money that went back twice', () => {
  const opened = { id: 'D', amount: jpy(1_000), state: 'open' as const, at: began }
  const lost = { ...opened, state: 'lost' as const }
  const refunded = { ...captured, refunds: [refundOf('A', 1_000)] }

  it.each<[string, readonly SeenSnapshot[]]>([
    ['refunded while it was disputed, and the dispute lost', [{ ...refunded, disputes: [lost] }]],
    [
      'the dispute lost first',
      [
        { ...captured, disputes: [opened] },
        { ...captured, disputes: [lost] },
        { ...refunded, disputes: [lost] },
      ],
    ],
    ['refunded first', [refunded, { ...refunded, disputes: [opened] }, { ...refunded, disputes: [lost] }]],
  ])('%s: booked as it is, and told', (_name, snapshots) => {
    const { row, kinds } = through(look(offered(), captured).row, snapshots)
    expect(row).toMatchObject({ state: 'refunded', sums: { refunded: '1000', lost: '1000' } })
    expect(refundable(row)).toBe(0n)
    expect(kinds.filter((kind) => kind === 'too-much')).toEqual(['too-much'])
  })
})

/** What happens at the provider, one thing at a time; each step gives the snapshot that follows. */
const stepArb = fc.oneof(
  fc.record({ do: fc.constant('hold' as const) }),
  fc.record({ do: fc.constant('capture' as const), share: fc.integer({ min: 1, max: 100 }), fee: fc.boolean() }),
  fc.record({ do: fc.constant('fee' as const) }),
  fc.record({
    do: fc.constant('refund' as const),
    share: fc.integer({ min: 1, max: 100 }),
    asked: fc.boolean(),
    named: fc.boolean(),
  }),
  fc.record({ do: fc.constant('dispute' as const), share: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ do: fc.constant('decide' as const), won: fc.boolean() }),
  fc.record({ do: fc.constant('end' as const) }),
)
type Step = typeof stepArb extends fc.Arbitrary<infer S> ? S : never

const amount = 1_000
/** An honest provider: what it does is possible, and stays in every later snapshot. */
const history = (steps: readonly Step[]): { readonly snapshots: readonly SeenSnapshot[]; readonly row: PaymentRow } => {
  let now: SeenSnapshot = nothing
  let row = offered(amount)
  const snapshots: SeenSnapshot[] = [now]
  const sum = (items: readonly { readonly amount: { readonly minor: string } }[]): number =>
    items.reduce((all, one) => all + Number(one.amount.minor), 0)
  steps.forEach((step, n) => {
    const paid = sum(now.captures)
    const at = began + n
    if (now.state === 'expired') return
    if (step.do === 'hold' && now.state === 'open') {
      now = { ...now, state: 'authorised', authorisation: { id: 'H', amount: jpy(amount), at, expiresAt: null } }
    } else if (step.do === 'capture' && paid < amount) {
      const minor = Math.ceil(((amount - paid) * step.share) / 100)
      const one = captureOf(`C${n}`, minor, step.fee ? Math.floor(minor / 20) : null, at)
      now = { ...now, state: 'captured', captures: [...now.captures, one] }
    } else if (step.do === 'fee') {
      const priced = now.captures.map((one) => ({
        ...one,
        fee: one.fee ?? jpy(Math.floor(Number(one.amount.minor) / 20)),
      }))
      now = { ...now, captures: priced }
    } else if (step.do === 'refund' && paid > sum(now.refunds)) {
      const minor = Math.ceil(((paid - sum(now.refunds)) * step.share) / 100)
      if (step.asked) {
        const ask = { act: actId(n), kind: 'refund' as const, minor: String(minor), of: now.captures[0]?.id ?? '' }
        row = afterAsked(
          row,
          { payment, provider: 'paypay', currency: 'JPY', what: 'capture', whole: false, reason: '', ...ask },
          { at, by },
        )
      }
      now = {
        ...now,
        refunds: [...now.refunds, refundOf(`R${n}`, minor, step.asked && step.named ? actId(n) : null, at)],
      }
    } else if (step.do === 'dispute' && paid > sum(now.disputes)) {
      const minor = Math.ceil(((paid - sum(now.disputes)) * step.share) / 100)
      now = { ...now, disputes: [...now.disputes, { id: `D${n}`, amount: jpy(minor), state: 'open', at }] }
    } else if (step.do === 'decide') {
      const decided = now.disputes.map((one) =>
        one.state === 'open' ? { ...one, state: step.won ? ('won' as const) : ('lost' as const) } : one,
      )
      now = { ...now, disputes: decided }
    } else if (step.do === 'end' && paid === 0) {
      now = { ...now, state: 'expired' }
    }
    snapshots.push(now)
  })
  return { snapshots, row }
}

describe('whatever happens', () => {
  const storyArb = fc.record({
    steps: fc.array(stepArb, { maxLength: 12 }),
    /** Which of the snapshots are seen, how often and in which order; the last is always seen at some time. */
    looks: fc.array(fc.nat(), { maxLength: 30 }),
  })

  it('comes to the same books in whichever order, and however often, it is seen', () => {
    fc.assert(
      fc.property(storyArb, ({ steps, looks }) => {
        const { snapshots, row } = history(steps)
        const last = snapshots.at(-1) ?? nothing
        const mixed = [...looks.map((at) => snapshots[at % snapshots.length] ?? nothing), last]
        const one = through(row, mixed)
        const other = through(row, [last])
        expect(one.row.sums).toEqual(other.row.sums)
        expect(one.row.state).toBe(other.row.state)
        expect([...balancesOf(one.transfers)]).toEqual([...balancesOf(other.transfers)])
        expect(paymentRowSchema.safeParse(one.row).error).toBeUndefined()
      }),
      { numRuns: 250 },
    )
  })

  it('credits nothing twice, and never more than there is', () => {
    fc.assert(
      fc.property(storyArb, ({ steps, looks }) => {
        const { snapshots, row } = history(steps)
        const last = snapshots.at(-1) ?? nothing
        const seen = [...looks.map((at) => snapshots[at % snapshots.length] ?? nothing), last, last]
        const { row: after, transfers } = through(row, seen)
        const sums = sumsOf(after)
        expect(sums.captured).toBe(last.captures.reduce((all, { amount: { minor } }) => all + BigInt(minor), 0n))
        expect(sums.refunded).toBe(last.refunds.reduce((all, { amount: { minor } }) => all + BigInt(minor), 0n))
        for (const sum of Object.values(sums)) expect(sum >= 0n).toBe(true)
        expect(refundable(after) <= sums.captured).toBe(true)
        expect([...balancesOf(transfers).values()].reduce((all, balance) => all + balance, 0n)).toBe(0n)
        expect(look(after, last)).toMatchObject({ transfers: [], kinds: [] })
      }),
      { numRuns: 250 },
    )
  })
})
