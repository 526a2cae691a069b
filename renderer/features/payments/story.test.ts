import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PaymentRow, settleSteps } from '#protocol/payments-records.ts'
import { date } from '../../format/instant.ts'
import { money } from '../../format/money.ts'
import { medianOf, openOf, seriesOf, successOf } from './overview.ts'
import { effectOf, paramsOf, rangeOf, storyOf, tellingOf, underWay, whyNot } from './story.ts'

const payment = '01939f0e-0000-7000-8000-0000000000a1'
const row = (more: object = {}): PaymentRow =>
  ({
    ...{
      payment,
      provider: 'paypay',
      merchant: 'main',
      state: 'captured',
      currency: 'JPY',
      amount: 1_100,
      taxRate: 10,
    },
    ...{ intent: 'capture', title: '会員証', note: '', at: 1_000, day: 0, month: 0, by: 'tanaka', changedAt: 9_000 },
    ...{ reference: 'R', last4: '1234', link: null, authorisation: null, refunds: [], disputes: [] },
    captures: [{ id: 'C', minor: '1100', fee: '22', at: 3_000 }],
    acts: [{ act: payment, kind: 'create', minor: '1100', state: 'done', code: '', of: '', by: 'tanaka', at: 1_000 }],
    sums: { held: '0', captured: '1100', refunded: '0', disputed: '0', lost: '0', fees: '22' },
    ...{ offered: true, ended: null, payer: null, cases: 0, told: [], ...more },
  }) as unknown as PaymentRow
const act = (kind: string, state: string, minor = '500', at = 4_000) =>
  ({ act: `a-${kind}-${at}`, kind, state, minor, at, code: '', of: 'C', by: 'sato' }) as never

describe('story', () => {
  it('tells what happened in its order, and nothing of a creation that went well', () => {
    const cases = [
      {
        key: 'k',
        kind: 'dispute',
        history: [
          { at: 6_000, by: 'service:payments', did: 'opened', note: '' },
          { at: 8_000, by: 'sato', did: 'took', note: '' },
        ],
      },
    ] as never
    const refunds = [{ id: 'F', act: null, minor: '500', feeBack: null, at: 5_000 }]
    const told = storyOf(row({ acts: [act('refund', 'done')], refunds, ended: 'cancelled' }), cases)
    expect(told.map(({ what }) => what)).toEqual([
      ...['created', 'captured', 'asked', 'refunded', 'case', 'case', 'ended'],
    ])
    expect(told[3]).toMatchObject({ elsewhere: true })
    expect(storyOf(row(), []).map(({ what }) => what)).toEqual(['created', 'captured'])
    // Told in whole seconds: asked for at 4,500 and done at 4,000 of the same one.
    const ours = [{ id: 'F', act: 'a-refund-4500', minor: '500', feeBack: null, at: 4_000 }]
    const same = storyOf(row({ acts: [act('refund', 'done', '500', 4_500)], refunds: ours }), [])
    expect(same.map(({ what }) => what)).toEqual(['created', 'captured', 'asked', 'refunded'])
    expect(same.map(({ at }) => at)).toEqual([1_000, 3_000, 4_500, 4_500])
    expect(storyOf(row({ acts: [act('create', 'refused')] }), [])[2]).toMatchObject({ what: 'asked' })
  })
})

describe('acts', () => {
  it('are refunds of what is left, in parts where the provider has them', () => {
    expect(rangeOf('refund', row(), 'C')).toEqual({ least: 1n, most: 1_100n, fixed: false })
    const open = row({ acts: [act('refund', 'asked')] })
    expect(rangeOf('refund', open, 'C').most).toBe(600n)
    expect(underWay(open)).toHaveLength(1)
    const stars = row({ provider: 'stars', currency: 'XTR' })
    expect(rangeOf('refund', stars, 'C')).toEqual({ least: 1_100n, most: 1_100n, fixed: true })
  })

  it('say what the operator saw', () => {
    const said = { capture: 'C', minor: 400n, reason: '品切れ' }
    expect(paramsOf('refund', row(), said)).toEqual({
      ...{ payment, amount: { currency: 'JPY', minor: '400' }, capture: 'C', left: '1100', reason: '品切れ' },
    })
    expect(paramsOf('cancel', row(), said)).toMatchObject({ what: 'capture', reason: '品切れ' })
    expect(paramsOf('capture', row(), said)).toEqual({ payment, amount: { currency: 'JPY', minor: '400' } })
  })

  it('tell a cancellation by what it takes back: of what was paid, the buyer gets the money', () => {
    const sums = { ...row().sums, captured: '0' }
    expect(tellingOf('cancel', row())).toBe('captured')
    expect(tellingOf('cancel', row({ captures: [], sums }))).toBe('link')
    expect(tellingOf('cancel', row({ captures: [], sums: { ...sums, held: '1100' } }))).toBe('authorisation')
    expect(tellingOf('capture', row())).toBe('capture')
  })

  it('show an effect whose transfers are the amount, in any parts', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1_100n }), fc.bigInt({ min: 0n, max: 5_000n }), (minor, refunded) => {
        const before = row({ sums: { ...row().sums, refunded: refunded.toString() } })
        const moved = effectOf('refund', before, minor).reduce((sum, one) => sum + BigInt(one.minor), 0n)
        expect(moved).toBe(minor)
      }),
    )
    const held = row({ captures: [], sums: { ...row().sums, captured: '0', held: '1100' } })
    expect(effectOf('capture', held, 600n).map(({ kind, minor }) => `${kind} ${minor}`)).toEqual([
      ...['release 1100', 'capture 546', 'capture 54'],
    ])
    const offered = row({ captures: [], sums: { ...row().sums, captured: '0' } })
    expect(effectOf('cancel', offered, 1_100n)).toEqual([])
  })

  it('are explained where they are not possible', () => {
    const unpaid = row({ captures: [], sums: { ...row().sums, captured: '0' } })
    expect(whyNot('refund', unpaid, 0)).toBe('state')
    expect(whyNot('capture', row(), 0)).toBe('state')
    expect(whyNot('cancel', row(), 3 * 86_400_000)).toBe('too-late')
    expect(whyNot('refund', row(), 0)).toBeNull()
  })
})

describe('overview', () => {
  it('counts open payments by provider and currency', () => {
    const rows = [row({ state: 'pending' }), row({ state: 'created' }), row({ state: 'unknown' })]
    expect(openOf(rows).get('paypay/JPY')).toEqual({ waiting: 2, unknown: 1, disputed: 0 })
  })

  it('says how many of the decided were paid', () => {
    expect(successOf({ paid: 3, failed: 1, expired: 0 })).toBe(75)
    expect(successOf({ paid: 0, failed: 0, expired: 0 })).toBeNull()
  })

  it('finds the median within its step', () => {
    const counts = (of: Record<number, number>) => [...settleSteps, 0].map((_, nth) => of[nth] ?? 0)
    expect(medianOf(counts({}))).toBeNull()
    expect(medianOf(counts({ 1: 4 }))).toBe(22_500)
    expect(medianOf(counts({ 0: 1, 8: 9 }))).toBe(86_400_000)
  })

  it('has a point for each day, also for those without payments', () => {
    const day = { day: 20_261_120, captured: '1100', refunded: '0', paid: 1, failed: 0, expired: 1 }
    const settled = [...settleSteps, 0].map(() => 0)
    const series = seriesOf([{ ...day, settled } as never], '2026-11-21', 3)
    expect(series).toMatchObject({ captured: [0, 1_100, 0], success: [null, 50, null], settle: [null, null, null] })
    expect(series.at).toHaveLength(3)
    expect(series.at.map((at) => date(at * 1_000))).toEqual(['2026/11/19', '2026/11/20', '2026/11/21'])
  })
})

describe('money', () => {
  it('reads as people write it, exactly', () => {
    expect(money('ja', { currency: 'JPY', minor: 1_234_567n })).toBe('￥1,234,567')
    expect(money('en', { currency: 'JPY', minor: -500n })).toBe('−¥500')
    expect(money('ja', { currency: 'USD', minor: 1_250n })).toBe('$12.50')
    expect(money('ja', { currency: 'XTR', minor: 50n })).toBe('50 Stars')
  })
})
