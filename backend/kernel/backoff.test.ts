import { expect, it } from 'vitest'
import { backoff, pauseMs } from './backoff.ts'

it('doubles up to its cap and scatters over the upper half', () => {
  expect(pauseMs(0, 0)).toBe(backoff.firstMs / 2)
  expect(pauseMs(3, 0.999_999)).toBe(backoff.firstMs * 8)
  expect(pauseMs(1_000, 0.999_999)).toBe(backoff.mostMs)
  expect(pauseMs(1_000, 0)).toBe(backoff.mostMs / 2)
})
