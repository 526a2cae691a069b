import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type QuestionRow, questionReasons } from '#protocol/payments-records.ts'
import { dueNow, mostAtOnce, nextAsk, paces } from './schedule.ts'

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
        const question = { reason, since, until: null, payment: 'one', provider: 'paypay' } as unknown as QuestionRow
        expect(dueNow([question], new Map(), since + paces[reason].leastMs + later)).toEqual([question])
        // Asked before the question stood as it does: that counts for nothing.
        expect(nextAsk(question, since - 1)).toBe(since + paces[reason].leastMs)
      }),
    )
  })

  it('is so much at most at one look, and everybody’s turn comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...questionReasons), { minLength: 1, maxLength: 300 }), (reasons) => {
        const open = reasons.map(
          (reason, nth) =>
            ({
              reason,
              since: since + nth,
              until: null,
              payment: `${nth}`,
              provider: 'paypay',
            }) as unknown as QuestionRow,
        )
        const asked = new Map<string, number>()
        // A quarter of an hour of looks, three seconds apart.
        for (let now = since; now < since + 900_000; now += 3_000) {
          const due = dueNow(open, asked, now)
          expect(due.length).toBeLessThanOrEqual(mostAtOnce)
          for (const { payment } of due) asked.set(payment, now)
        }
        expect(asked.size).toBe(open.length)
        // Who has no news of what was done goes before who waits for a buyer.
        const first = dueNow(open, new Map(), since + day)
        const links = first.map(({ reason }) => reason === 'link')
        expect(links).toEqual([...links].sort())
      }),
    )
  })
})
