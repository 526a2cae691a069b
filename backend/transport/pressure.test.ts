import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atEase, nextLevel, type PressureLevel, pressureLimits } from './pressure.ts'

const after = (delays: readonly number[], level: PressureLevel = 'calm'): PressureLevel =>
  delays.reduce(nextLevel, { ...atEase, level }).level
const { sheddingMs, crowdedMs, calmLooks } = pressureLimits

test('sheds telemetry at once, and refuses connections at the second late look in a row', () => {
  expect(after([sheddingMs - 1])).toBe('calm')
  expect(after([sheddingMs])).toBe('shedding')
  expect(after([crowdedMs])).toBe('shedding')
  expect(after([crowdedMs, crowdedMs])).toBe('crowded')
})

test('a look as late as a start leaves it refuses nobody, in whatever run; two in a row always do', () => {
  const delay = fc.oneof(fc.integer({ min: 0, max: crowdedMs - 1 }), fc.integer({ min: crowdedMs, max: 60_000 }))
  fc.assert(
    fc.property(fc.array(delay, { maxLength: 40 }), (delays) => {
      let state = atEase
      delays.forEach((ms, nth) => {
        const before = state.level
        state = nextLevel(state, ms)
        const twice = ms >= crowdedMs && (delays[nth - 1] ?? 0) >= crowdedMs
        if (twice) expect(state.level).toBe('crowded')
        if (state.level === 'crowded') expect(twice || before === 'crowded').toBe(true)
        if (ms >= sheddingMs) expect(state.level).not.toBe('calm')
      })
    }),
  )
})

test('falls a step at a time, and only after it was well below for a while', () => {
  const low = Array.from({ length: calmLooks }, () => 1)
  expect(after(low.slice(1), 'crowded')).toBe('crowded')
  expect(after(low, 'crowded')).toBe('shedding')
  expect(after([...low, ...low], 'crowded')).toBe('calm')
  expect(after([...low.slice(1), crowdedMs / 2, ...low.slice(1)], 'crowded')).toBe('crowded')
  expect(
    after(
      Array.from({ length: 50 }, () => sheddingMs - 1),
      'shedding',
    ),
  ).toBe('shedding')
})
