import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { questionReasons } from '#protocol/payments-records.ts'
import { isDue, nextAsk, paces } from './schedule.ts'

const since = 1_763_000_000_000
const day = 86_400_000

describe('asking again', () => {
  it.each(questionReasons)('begins soon, widens and never ends: %s', (reason) => {
    const { leastMs, mostMs } = paces[reason]
    const asks = [nextAsk({ reason, since }, null)]
    for (let nth = 0; nth < 200; nth++) asks.push(nextAsk({ reason, since }, asks.at(-1) ?? since))
    const pauses = asks.map((at, nth) => at - (asks[nth - 1] ?? since))
    expect(pauses[0]).toBe(leastMs)
    for (const [nth, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(pauses[nth - 1] ?? leastMs)
      expect(pause).toBeLessThanOrEqual(mostMs)
    }
    expect(pauses.at(-1)).toBe(mostMs)
  })

  it('is soon again after a restart, and after something new', () => {
    fc.assert(
      fc.property(fc.constantFrom(...questionReasons), fc.integer({ min: 0, max: 400 * day }), (reason, later) => {
        const question = { reason, since, until: null }
        expect(isDue(question, null, since + paces[reason].leastMs + later)).toBe(true)
        // Asked before the question stood as it does: that counts for nothing.
        expect(nextAsk(question, since - 1)).toBe(since + paces[reason].leastMs)
      }),
    )
  })
})
