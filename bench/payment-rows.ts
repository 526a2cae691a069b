import type { z } from 'zod'
import type { paymentRowSchema } from '#protocol/payments-records.ts'

const providers = [
  ['paypay', 'JPY'],
  ['paypay', 'JPY'],
  ['paypay', 'JPY'],
  ['paypal', 'JPY'],
  ['paypal', 'USD'],
  ['stars', 'XTR'],
] as const
const titles = ['会員証の発行', '月額の会費', '受講料', '書籍の代金', '送料', '寄付', '入場券', '修理の費用'] as const
const notes = ['', '', '', '窓口で受け付け', '再発行', '団体の分', '現地で確認済み'] as const
const merchants = ['main', 'tokyo', 'osaka', 'online'] as const

const began = Date.parse('2025-11-21T00:00:00+09:00')
const jstMs = 9 * 3_600_000

/** UUIDv7 of a moment: what tells payments of one millisecond apart is their number. */
const idAt = (at: number, index: number): string => {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`
}

/**
 * A payment as the backend sends it: nearly all paid, one in thirty refunded, one in ten thousand disputed, one in twenty
 * thousand unknown, spread over a year.
 */
export const paymentRow = (index: number, total: number, random: () => number): z.input<typeof paymentRowSchema> => {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const [provider, currency] = pick(providers)
  const at = began + Math.floor((index / total) * 365 * 86_400_000)
  const payment = idAt(at, index)
  const amount = 1 + Math.floor(random() ** 3 * 100_000)
  const lot = random()
  const state =
    lot < 0.00005
      ? 'unknown'
      : lot < 0.00015
        ? 'disputed'
        : lot < 0.03
          ? 'refunded'
          : lot < 0.06
            ? 'cancelled'
            : lot < 0.07
              ? 'failed'
              : 'captured'
  const paid = state === 'captured' || state === 'refunded' || state === 'disputed' || state === 'unknown'
  const number = String(10 ** 18 + Math.floor(random() * 8 * 10 ** 18))
  const minor = String(amount)
  const day = Number(new Date(at + jstMs).toISOString().slice(0, 10).replaceAll('-', ''))
  const act = {
    act: payment,
    kind: 'create' as const,
    minor,
    state: 'done' as const,
    code: '',
    of: '',
    by: 'tanaka',
    at,
  }
  return {
    ...{ payment, provider, currency, merchant: pick(merchants), state, amount, taxRate: 10, intent: 'capture' },
    ...{ title: pick(titles), note: pick(notes), at, day, month: Math.floor(day / 100), by: 'tanaka', changedAt: at },
    ...{ reference: paid ? number : '', last4: paid ? number.slice(-4) : '', link: null, authorisation: null },
    captures: paid ? [{ id: number, minor, fee: String(Math.floor(amount / 50)), at: at + 20_000 }] : [],
    refunds: state === 'refunded' ? [{ id: `r${number}`, act: null, minor, feeBack: null, at: at + 90_000 }] : [],
    ...{ disputes: [], acts: [act], offered: true, ended: state === 'failed' ? 'failed' : null },
    sums: {
      ...{ held: '0', captured: paid ? minor : '0', refunded: state === 'refunded' ? minor : '0' },
      ...{ disputed: '0', lost: '0', fees: '0' },
    },
    payer: `${Math.floor(random() * 200_000)
      .toString(32)
      .replace(/[^a-z2-7]/g, 'x')
      .padStart(26, 'a')}`,
    ...{ cases: lot < 0.0001 ? 1 : 0, told: [] },
  }
}
