import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '#protocol/alerts.ts'
import { calmMs, holeMs, idle, type Observation, step, type Verdict, type Watch } from './machine.ts'

const over = (forSeconds: number): Condition => ({
  kind: 'threshold',
  metric: 'm',
  above: true,
  threshold: '90',
  forSeconds,
})
const second = (nth: number, value: number | undefined): Observation => ({ at: nth * 1000, value, silentMs: 0 })

/** Feeds one observation after another, keeping every verdict. */
const run = (condition: Condition, seen: readonly Observation[], from: Watch = idle): Verdict[] => {
  const verdicts: Verdict[] = []
  let watch = from
  for (const one of seen) {
    const verdict = step(condition, watch, one)
    verdicts.push(verdict)
    watch = verdict.watch
  }
  return verdicts
}
const reports = (verdicts: readonly Verdict[]) => verdicts.flatMap(({ report }) => (report ? [report] : []))
const steady = (value: number | undefined, from: number, to: number) =>
  Array.from({ length: to - from }, (_, nth) => second(from + nth, value))

describe('a threshold', () => {
  it('fires once it has held for its time, and resolves after ten seconds of calm', () => {
    const seen = [...steady(95, 0, 61), ...steady(50, 61, 72)]
    expect(reports(run(over(60), seen))).toEqual([
      { firing: true, firedAt: 60_000, value: '95' },
      { firing: false, firedAt: 60_000, value: '50' },
    ])
    expect(reports(run(over(60), seen.slice(0, 60)))).toEqual([])
    expect(reports(run(over(60), seen.slice(0, -1)))).toHaveLength(1)
  })

  it('starts afresh after a moment below and after a hole in telemetry', () => {
    expect(reports(run(over(10), [...steady(95, 0, 9), second(9, 50), ...steady(95, 10, 20)]))).toEqual([])
    const hole = [...steady(95, 0, 9), ...steady(undefined, 9, 14), ...steady(95, 14, 24)]
    expect(reports(run(over(10), hole))).toEqual([])
    const missedBeat = [...steady(95, 0, 5), second(5, undefined), ...steady(95, 6, 11)]
    expect(reports(run(over(10), missedBeat))).toHaveLength(1)
  })

  it('goes on firing while nobody knows', () => {
    expect(reports(run(over(0), [second(0, 95), ...steady(undefined, 1, 600)]))).toHaveLength(1)
    const flicker = [second(0, 95), ...steady(50, 1, 10), second(10, 91), ...steady(50, 11, 21)]
    expect(reports(run(over(0), flicker))).toHaveLength(1)
  })
})

describe('silence', () => {
  const condition: Condition = { kind: 'silence', forSeconds: 15 }
  it('fires when nothing was heard for its time and resolves when something is', () => {
    const silent = (nth: number, silentMs: number): Observation => ({ at: nth * 1000, value: undefined, silentMs })
    const seen = Array.from({ length: 20 }, (_, nth) => silent(nth, nth * 1000))
    const back = Array.from({ length: 11 }, (_, nth) => silent(20 + nth, 0))
    expect(reports(run(condition, [...seen, ...back])).map(({ firing }) => firing)).toEqual([true, false])
  })
})

/** Seconds with a value, without one, and with the clock standing, jumping on and back. */
const observations = fc
  .array(
    fc.record({
      stepMs: fc.oneof({ weight: 20, arbitrary: fc.constant(1_000) }, fc.integer({ min: -120_000, max: 120_000 })),
      value: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(89.999_999, 90, 95) },
        { weight: 2, arbitrary: fc.constant(50) },
        fc.constant(undefined),
      ),
    }),
    { maxLength: 200 },
  )
  .map((steps) => {
    let at = 1_000_000
    return steps.map(({ stepMs, value }): Observation => {
      at = Math.max(0, at + stepMs)
      return { at, value, silentMs: 0 }
    })
  })

describe('any history', () => {
  it('fires only after the condition held for its whole time without a hole', () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 0, max: 20 }), (seen, forSeconds) => {
        for (const [nth, { report }] of run(over(forSeconds), seen).entries()) {
          if (!report?.firing) continue
          let heldSince = report.firedAt
          let after = report.firedAt
          for (const one of seen.slice(0, nth).toReversed()) {
            if (one.value === undefined) continue
            if (one.value < 90 || after - one.at > holeMs || one.at > after) break
            heldSince = one.at
            after = one.at
          }
          expect(report.firedAt - heldSince).toBeGreaterThanOrEqual(forSeconds * 1000)
        }
      }),
    )
  })

  it('takes turns: fired, resolved, fired; each resolution names the firing before it', () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 0, max: 5 }), (seen, forSeconds) => {
        let open: number | null = null
        for (const report of reports(run(over(forSeconds), seen))) {
          expect(report.firing).toBe(open === null)
          if (!report.firing) expect(report.firedAt).toBe(open)
          open = report.firing ? report.firedAt : null
        }
      }),
    )
  })

  it('restored from its row while firing, says what it would have said', () => {
    fc.assert(
      fc.property(observations, fc.nat(), (seen, cut) => {
        const whole = run(over(3), seen)
        // A row knows that an alert fires, not since when it has been calm nor what was pending.
        const places = whole.flatMap(({ watch }, nth) => {
          const restorable = watch.phase === 'idle' || (watch.phase === 'firing' && watch.calm === null)
          return restorable ? [nth] : []
        })
        const place = places[cut % Math.max(1, places.length)]
        const before = place === undefined ? undefined : whole[place]?.watch
        if (place === undefined || !before) return
        const restored: Watch = before.phase === 'firing' ? { ...before, calm: null } : idle
        expect(reports(run(over(3), seen.slice(place + 1), restored))).toEqual(reports(whole.slice(place + 1)))
      }),
    )
  })

  it('restored anywhere, never fires an open alert again and never resolves it early', () => {
    fc.assert(
      fc.property(observations, fc.nat(), (seen, cut) => {
        const place = cut % Math.max(1, seen.length)
        const before = run(over(0), seen.slice(0, place)).at(-1)?.watch ?? idle
        if (before.phase !== 'firing') return
        const later = seen.slice(place)
        const first = reports(run(over(0), later, { ...before, calm: null }))[0]
        if (!first) return
        expect(first).toMatchObject({ firing: false, firedAt: before.firedAt })
        const calm = later.filter(({ value }) => value !== undefined && value < 90)
        expect(calm.length).toBeGreaterThan(0)
      }),
    )
  })

  it('is calm for ten seconds before it resolves', () => expect(calmMs).toBe(10_000))
})
