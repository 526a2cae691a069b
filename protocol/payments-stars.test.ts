import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expiryDay, type LotRow, lastHeldDay, starsBalance } from './payments-stars.ts'

const lot = (day: number, received: bigint, returned = 0n): LotRow => ({
  ...{ key: String(day), day, changedAt: 0 },
  ...{ received: received.toString(), returned: returned.toString() },
})

describe('Stars', () => {
  it('are held for 21 days and run out after three years, by days of the calendar', () => {
    expect(lastHeldDay(20_261_121)).toBe(20_261_212)
    expect(lastHeldDay(20_261_215)).toBe(20_270_105)
    expect(expiryDay(20_261_121)).toBe(20_291_121)
    expect(expiryDay(20_280_229)).toBe(20_310_301)
  })

  it('are free the day after their hold ends', () => {
    const lots = [lot(20_261_121, 500n), lot(20_261_101, 300n)]
    const on = (day: number) => starsBalance(lots, 800n, day)
    expect(on(20_261_121)).toMatchObject({ held: 800n, free: 0n, next: { minor: 300n, heldUntil: 20_261_122 } })
    expect(on(20_261_122)).toMatchObject({ held: 800n })
    expect(on(20_261_123)).toMatchObject({ held: 500n, free: 300n, next: { minor: 500n, heldUntil: 20_261_212 } })
    expect(on(20_261_213)).toMatchObject({ held: 0n, free: 800n, next: null })
  })

  it('that were refunded are not held, and withdrawals take the oldest', () => {
    const lots = [lot(20_261_120, 500n, 500n), lot(20_261_119, 200n), lot(20_260_101, 300n)]
    expect(starsBalance(lots, 400n, 20_261_121)).toEqual({
      ...{ held: 200n, free: 200n, next: { minor: 200n, heldUntil: 20_261_210 } },
      expiring: { minor: 200n, day: 20_290_101 },
    })
    expect(starsBalance(lots, 150n, 20_261_121)).toMatchObject({ held: 150n, free: 0n, expiring: { day: 20_291_119 } })
    expect(starsBalance([], 0n, 20_261_121)).toEqual({ held: 0n, free: 0n, next: null, expiring: null })
  })

  it('that are held and free are together just the balance, and time only frees them', () => {
    const day = fc
      .integer({ min: 0, max: 1_000 })
      .map((nth) =>
        Number(new Date(Date.UTC(2026, 0, 1) + nth * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')),
      )
    const some = fc.record({ day, received: fc.bigInt(1n, 10n ** 6n), share: fc.bigInt(0n, 100n) })
    fc.assert(
      fc.property(
        fc.array(some, { maxLength: 30 }),
        day,
        day,
        fc.bigInt(-100n, 10n ** 8n),
        (all, one, other, balance) => {
          const lots = all.map(({ day: on, received, share }) => lot(on, received, (received * share) / 100n))
          const [early, late] = [Math.min(one, other), Math.max(one, other)]
          const [before, after] = [starsBalance(lots, balance, early), starsBalance(lots, balance, late)]
          for (const { held, free } of [before, after]) {
            expect(held + free).toBe(balance > 0n ? balance : 0n)
            expect(held >= 0n && free >= 0n).toBe(true)
          }
          expect(after.held <= before.held).toBe(true)
        },
      ),
    )
  })
})
