import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { providerTraits } from '#protocol/payments.ts'
import { titleSchema } from '#protocol/payments-records.ts'
import { createDemoClock } from './clock.ts'
import { fateOf, fates, isPossible, planOf, waveMs } from './plan.ts'

const seeds = fc.integer({ min: 0, max: 999_999 })
const times = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2030-01-01T00:00:00Z') })

describe("a demo's plan", () => {
  it('is the same for the same seed, in order, and over when the demo opens', () => {
    fc.assert(
      fc.property(seeds, times, (seed, now) => {
        const steps = planOf(seed, now)
        expect(planOf(seed, now)).toEqual(steps)
        expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).toSorted((one, other) => one - other))
        expect(steps.every(({ at }) => at + waveMs <= now)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('shows every fate, and sells only what its provider can sell', () => {
    fc.assert(
      fc.property(seeds, times, (seed, now) => {
        const sales = planOf(seed, now).flatMap((step) => (step.kind === 'sales' ? step.sales : []))
        expect(new Set(sales.map(({ fate }) => fate))).toEqual(new Set(fates))
        for (const { provider, currency, minor, title, fate } of sales) {
          const traits = providerTraits[provider]
          expect(traits.currencies).toContain(currency)
          expect(BigInt(minor) <= traits.most && title.length <= traits.title && isPossible({ provider, fate })).toBe(
            true,
          )
          expect(titleSchema.safeParse(title).success).toBe(true)
        }
        expect(sales.length).toBeGreaterThan(80)
        expect(sales.length).toBeLessThan(200)
      }),
      { numRuns: 50 },
    )
  })

  it('closes each day once, on the morning after, one of them with a stranger', () => {
    const now = Date.parse('2026-11-21T22:00:00+09:00')
    const mornings = planOf(7, now).flatMap((step) => (step.kind === 'morning' ? [step] : []))
    expect(mornings.map(({ day }) => day)).toEqual([
      20_261_114, 20_261_115, 20_261_116, 20_261_117, 20_261_118, 20_261_119, 20_261_120,
    ])
    expect(mornings.filter(({ stranger }) => stranger)).toHaveLength(1)
  })
})

it('an operator’s own payment is paid, or comes to what its title says where its provider can have it', () => {
  const of = (provider: 'stars' | 'paypay' | 'paypal', title: string, intent: 'capture' | 'authorise' = 'capture') =>
    fateOf({ provider, title, intent })
  expect(of('paypal', '研修')).toBe('paid')
  expect(of('paypal', '研修', 'authorise')).toBe('reserved')
  expect(of('paypal', '係争になる注文')).toBe('disputed')
  expect(of('paypay', '係争になる注文')).toBe('paid')
  expect(of('paypay', 'This will fail')).toBe('failed')
  expect(of('stars', '未払い')).toBe('waiting')
})

it('the clock of a demo goes on and forward, and never beyond the wall’s', () => {
  let wall = 1_000_000
  const clock = createDemoClock(400_000, () => wall)
  expect(clock.now()).toBe(400_000)
  wall += 5
  clock.moveTo(500_000)
  expect(clock.now()).toBe(500_000)
  clock.moveTo(450_000)
  expect(clock.now()).toBe(500_000)
  clock.moveTo(2_000_000)
  expect(clock.now()).toBe(wall)
  clock.letGo()
  expect(clock.now()).toBe(wall)
})
