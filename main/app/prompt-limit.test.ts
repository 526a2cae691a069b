import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPromptLimit, promptLimits } from './prompt-limit.ts'

it('whatever asks and however often, no more windows are dismissed in a minute than the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30_000), { maxLength: 200 }), (waits) => {
      const limit = createPromptLimit()
      const shown: number[] = []
      let now = 0
      for (const wait of waits) {
        now += wait
        if (limit.reached(now)) continue
        shown.push(now)
        limit.dismissed(now)
      }
      for (const at of shown)
        expect(shown.filter((it) => it <= at && it > at - promptLimits.withinMs).length).toBeLessThanOrEqual(
          promptLimits.dismissed,
        )
    }),
  )
})

it('a yes in between starts the count anew, and a minute ends the pause', () => {
  const limit = createPromptLimit()
  for (let nth = 1; nth < promptLimits.dismissed; nth++) limit.dismissed(nth)
  limit.answered()
  limit.dismissed(10)
  expect(limit.reached(10)).toBe(false)
  for (let nth = 1; nth < promptLimits.dismissed; nth++) limit.dismissed(10)
  expect(limit.reached(11)).toBe(true)
  expect(limit.reached(10 + promptLimits.withinMs)).toBe(false)
})
