import { expect, test } from 'vitest'
import { dayNumber, dayText } from './payments-day.ts'

test('a day is the same as a number and as text', () => {
  for (const day of ['2026-11-21', '2028-02-29', '9999-12-31', '0001-01-02']) expect(dayText(dayNumber(day))).toBe(day)
  expect(dayNumber('2026-11-21')).toBe(20_261_121)
})
