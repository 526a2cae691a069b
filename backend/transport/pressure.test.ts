import { expect, test } from 'vitest'
import { nextLevel, type PressureLevel, pressureLimits } from './pressure.ts'

const after = (delays: readonly number[], level: PressureLevel = 'calm'): PressureLevel =>
  delays.reduce<ReturnType<typeof nextLevel>>(nextLevel, { level, calm: 0 }).level
const { sheddingMs, crowdedMs, calmLooks } = pressureLimits

test('rises at once, telemetry before connections', () => {
  expect(after([sheddingMs - 1])).toBe('calm')
  expect(after([sheddingMs])).toBe('shedding')
  expect(after([crowdedMs])).toBe('crowded')
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
