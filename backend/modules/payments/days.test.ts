import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { captureTransfers, disputeTransfers, feeTransfers, refundTransfers } from '#protocol/payments-ledger.ts'
import type { DayRow } from '#protocol/payments-records.ts'
import { dayAfterSeen, dayProjections } from './days.ts'

/** Made at 1,700,000,000,000 ms, by its UUIDv7. */
const made = 1_700_000_000_000
const payment = `${made
  .toString(16)
  .padStart(12, '0')
  .replace(/^(.{8})/, '$1-')}-7000-8000-0000000000a1`
const books = { provider: 'paypay', merchant: 'main', taxRate: 10 } as const
const about = { payment, provider: 'paypay', question: null, currency: 'JPY', reference: 'R', authorisation: null }
const seen = (more: object) =>
  ({
    ...{ ...about, captures: [], refunds: [], disputes: [], acts: [], offered: true, ended: null, payer: null },
    ...{ transfers: [], state: 'captured', ...more },
  }) as unknown as Parameters<typeof dayAfterSeen>[1]
const capture = (minor: bigint, at = made + 20_000, id = 'C') => ({ id, minor: minor.toString(), fee: null, at })

const [create] = dayProjections
const started = create?.project(
  { ...about, minor: '1000' },
  { at: made, index: 1, nth: 0 } as never,
  () => undefined,
)[0]?.row as DayRow

describe('days', () => {
  it('begin with the first payment, on its business day in Japan', () => {
    // 2023-11-14 22:13:20 UTC is the 15th in Japan.
    expect(started).toMatchObject({ key: '20231115/paypay/JPY', day: 20_231_115, created: 1, paid: 0, captured: '0' })
  })

  it('count a payment as paid once, with the time that it took', () => {
    const first = dayAfterSeen(
      started,
      seen({ captures: [capture(600n)], transfers: captureTransfers(books, 600n, 0n) }),
    )
    expect(first).toMatchObject({ paid: 1, captured: '600', settled: [0, 1, 0, 0, 0, 0, 0, 0, 0] })
    const both = [capture(600n), capture(400n, made + 90_000, 'D')]
    const second = dayAfterSeen(first, seen({ captures: both, transfers: captureTransfers(books, 400n, 600n) }))
    expect(second).toMatchObject({ paid: 1, captured: '1000' })
    expect(second.settled).toEqual(first.settled)
  })

  it('tell what failed from what ran out, and neither from what was paid', () => {
    expect(dayAfterSeen(started, seen({ ended: 'failed' }))).toMatchObject({ failed: 1, expired: 0 })
    expect(dayAfterSeen(started, seen({ ended: 'expired' }))).toMatchObject({ failed: 0, expired: 1 })
    expect(dayAfterSeen(started, seen({ ended: 'cancelled' }))).toEqual(started)
    expect(dayAfterSeen(started, seen({ ended: 'failed', captures: [capture(1n)] }))).toEqual(started)
  })

  it('add up to what the transfers say, in whatever parts they come', () => {
    const part = fc.bigInt({ min: 1n, max: 10_000n })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        let before = 0n
        let row = started
        for (const minor of parts) {
          const transfers = [
            ...captureTransfers(books, minor, before),
            ...feeTransfers(books, 3n),
            ...refundTransfers(books, minor, before),
            ...disputeTransfers(books, minor),
          ]
          row = dayAfterSeen(row, seen({ captures: [capture(before + minor)], transfers }))
          before += minor
        }
        const all = parts.reduce((sum, one) => sum + one, 0n).toString()
        expect(row).toMatchObject({ captured: all, refunded: all, disputed: all, disputes: parts.length })
        expect(row.fees).toBe((3n * BigInt(parts.length)).toString())
      }),
    )
  })
})
