import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aged, boundsOf, type ClockBounds, errorOf, middleOf, narrowed } from './clock-bounds.ts'

const tiny = 1e-3
const took = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 60_000 }))
/** One question: how long after the last, how long there and back, and what somebody set the database's clock by before. */
const question = fc.record({ pause: fc.integer({ min: 0, max: 60_000 }), there: took, back: took })
const ahead = fc.integer({ min: -1e12, max: 1e12 })
const rate = fc.double({ min: -5e-5, max: 5e-5, noNaN: true })

interface Asked {
  readonly measured: ClockBounds
  readonly known: ClockBounds
  readonly before: ClockBounds | null
  readonly truth: number
}
/** Asks again and again; `step` is added to the database's clock before each question. */
const following = (
  questions: readonly { readonly pause: number; readonly there: number; readonly back: number }[],
  start: number,
  faster: number,
  step: (nth: number) => number = () => 0,
): readonly Asked[] => {
  let now = 0
  let set = start
  let known: ClockBounds | null = null
  let knownAt = 0
  return questions.map(({ pause, there, back }, nth) => {
    set += step(nth)
    const asked = now + pause
    const answered = asked + there + back
    const truthAt = (at: number): number => set + at * faster
    const measured = boundsOf(Math.round(asked + there + truthAt(asked + there)), asked, answered)
    const before = known && aged(known, answered - knownAt)
    known = before === null ? measured : narrowed(before, measured)
    ;[knownAt, now] = [answered, answered]
    return { measured, known, before, truth: truthAt(answered) }
  })
}
const many = fc.array(question, { minLength: 1, maxLength: 12 })

test('the truth is always within the bounds, and a slow answer never widens them', () => {
  fc.assert(
    fc.property(many, ahead, rate, (questions, start, faster) => {
      for (const { known, measured, before, truth } of following(questions, start, faster)) {
        // While the answer was on its way, the clocks may have drifted apart, too.
        const slack = tiny + 60_000 * 2 * 1e-4
        expect(Math.abs(middleOf(known) - truth)).toBeLessThanOrEqual(errorOf(known) + slack)
        expect(errorOf(known)).toBeLessThanOrEqual(errorOf(measured) + tiny)
        if (before) expect(errorOf(known)).toBeLessThanOrEqual(Math.max(errorOf(before), 0) + tiny)
      }
    }),
  )
})

test('a clock that was set is believed as far as an answer proves it', () => {
  const set = fc.integer({ min: -1e9, max: 1e9 })
  fc.assert(
    fc.property(many, ahead, fc.array(set, { maxLength: 12 }), (questions, start, steps) => {
      for (const { known, measured, before, truth } of following(questions, start, 0, (nth) => steps[nth] ?? 0)) {
        expect(Math.abs(middleOf(known) - truth)).toBeLessThanOrEqual(2 * errorOf(measured) + tiny)
        const apart = before !== null && (before.least > measured.most || before.most < measured.least)
        if (apart) expect(known).toEqual(measured)
      }
    }),
  )
})

test('an answer that took ten seconds leaves what a quick one told', () => {
  const quick = boundsOf(1_000_002, 0, 4)
  for (const theirs of [1_003_000, 1_005_000, 1_007_000]) {
    const slow = boundsOf(theirs, 100, 10_100)
    expect(errorOf(slow)).toBeGreaterThan(5_000)
    expect(narrowed(quick, slow)).toEqual(quick)
  }
})
