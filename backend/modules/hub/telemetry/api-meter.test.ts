import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metrics } from '#protocol/telemetry.ts'
import { createApiMeter } from './api-meter.ts'
import { bucketOf, createSlidingHistogram, middleOf } from './histogram.ts'

const start = 1_800_000_000_000

describe('the histogram', () => {
  it('is right within 8 % for any duration it holds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 99_000, noNaN: true }), (ms) => {
        expect(middleOf(bucketOf(ms)) / ms).toBeGreaterThan(0.92)
        expect(middleOf(bucketOf(ms)) / ms).toBeLessThan(1.08)
      }),
    )
  })

  it('finds the quantile that sorting finds', () => {
    const durations = fc.array(fc.double({ min: 0.02, max: 50_000, noNaN: true }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (all, share) => {
        const histogram = createSlidingHistogram(10, 1_000)
        for (const ms of all) histogram.record(ms, false, start)
        const exact = all.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(all.length * share) - 1)] ?? 0
        const found = histogram.view(start).quantile(share) ?? 0
        expect(found / exact).toBeGreaterThan(0.92)
        expect(found / exact).toBeLessThan(1.08)
      }),
    )
  })

  it('forgets what left its window', () => {
    const histogram = createSlidingHistogram(10, 1_000)
    histogram.record(5, true, start)
    expect(histogram.view(start + 9_000)).toMatchObject({ requests: 1, errors: 1 })
    expect(histogram.view(start + 10_000).requests).toBe(0)
    expect(histogram.view(start + 10_000).quantile(0.5)).toBeNull()
    histogram.record(7, false, start + 10_000)
    expect(histogram.view(start + 10_000)).toMatchObject({ requests: 1, errors: 0 })
  })
})

describe('the meter', () => {
  it('tells rates since the last asking, errors and latency, whole and per procedure', () => {
    const meter = createApiMeter()
    meter.values(start)
    for (let nth = 0; nth < 8; nth += 1) meter.record({ procedure: 'command.submit', ms: 10, code: null }, start)
    meter.record({ procedure: 'log.head', ms: 100, code: 'link.time-out' }, start)
    meter.record({ procedure: 'log.head', ms: 100, code: null }, start)
    const values = meter.values(start + 2_000)
    expect(values).toMatchObject({
      [metrics.apiRate]: 5,
      [metrics.apiErrors]: 0.5,
      [metrics.apiErrorPercent]: 10,
      [metrics.procedureRate('log.head')]: 1,
      [metrics.procedureErrors('log.head')]: 0.5,
    })
    expect(values[metrics.apiP50]).toBeCloseTo(10, 0)
    expect(values[metrics.procedureP95('log.head')]).toBeGreaterThan(90)
    const [first, second] = meter.procedures(start + 2_000)
    expect(first).toMatchObject({ name: 'command.submit', requests: 8, errors: 0 })
    expect(second).toMatchObject({ name: 'log.head', requests: 2, errors: 1 })
  })

  it('has no latency to tell when nobody called, and no errors either', () => {
    const values = createApiMeter().values(start)
    expect(values[metrics.apiErrorPercent]).toBe(0)
    expect(values).not.toHaveProperty(metrics.apiP95)
  })

  it('keeps a bounded number of procedures', () => {
    const meter = createApiMeter()
    for (let nth = 0; nth < 200; nth += 1) meter.record({ procedure: `p${nth}`, ms: 1, code: null }, start)
    expect(meter.procedures(start)).toHaveLength(64)
    expect(meter.values(start + 1_000)[metrics.apiRate]).toBe(200)
  })
})
