import fc from 'fast-check'
import { expect, it } from 'vitest'
import { skewOf } from './http-call.ts'

const asked = 1_800_000_000_500
const secondOf = (at: number): number => Math.floor(at / 1_000) * 1_000

it('tells a clock that is off, and none for an answer that only took its time', () => {
  expect(skewOf(secondOf(asked + 600_000), asked, asked + 40)).toBe(599_460)
  expect(skewOf(secondOf(asked - 600_000), asked, asked + 40)).toBe(-599_501)
  // A long poll: asked a minute ago, written just now.
  expect(skewOf(secondOf(asked + 60_000), asked, asked + 60_000)).toBe(0)
})

it('never says more than there is, and little less for a quick answer', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      fc.integer({ min: 0, max: 70_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (skew, took, share) => {
        const written = Math.floor(asked + took * share)
        const told = skewOf(secondOf(written + skew), asked, asked + took)
        expect(Math.abs(told)).toBeLessThanOrEqual(Math.abs(skew))
        expect(told * skew).toBeGreaterThanOrEqual(0)
        expect(Math.abs(skew - told)).toBeLessThanOrEqual(took + 1_000)
      },
    ),
  )
})
