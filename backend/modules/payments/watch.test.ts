import { expect, it } from 'vitest'
import { healthOf, type ProviderHealthRow } from '#protocol/payments-health.ts'
import { createProviderWatch } from './watch.ts'

it('counts the calls of the last five minutes, and forgets a wait that is over', () => {
  let now = 1_800_000_000_000
  const watch = createProviderWatch(() => now)
  const paypay = watch.of('paypay')
  paypay.ended(null)
  paypay.ended('time-out')
  paypay.waiting(now + 7_000)
  expect(watch.figures('paypay')).toMatchObject({ calls: 2, failures: 1, failure: 'time-out', waitUntil: now + 7_000 })
  expect(watch.figures('paypal')).toMatchObject({ calls: 0, lastSuccessAt: null })
  now += 4 * 60_000
  paypay.ended(null)
  expect(watch.figures('paypay')).toMatchObject({ calls: 3, failures: 1, waitUntil: null })
  now += 2 * 60_000
  expect(watch.figures('paypay')).toMatchObject({ calls: 1, failures: 0, lastSuccessAt: now - 2 * 60_000 })
})

it('says the worst of several ways out, and first what a person has to know first', () => {
  const watch = createProviderWatch(() => 0)
  const stars = watch.of('stars')
  let updates: 'open' | 'closed' = 'closed'
  stars.breaker('stars', () => 'closed')
  stars.breaker('stars-updates', () => updates)
  expect(watch.figures('stars').breaker).toBe('closed')
  updates = 'open'
  expect(watch.figures('stars').breaker).toBe('open')
  const row: ProviderHealthRow = {
    ...watch.figures('stars'),
    ...{ provider: 'stars', settings: 'app', address: 'https://api.telegram.org', paused: false, webhooks: false },
    ...{ problem: '', questions: 0, oldestQuestionAt: null },
  }
  expect(healthOf(row, 0)).toBe('away')
  expect(healthOf({ ...row, paused: true }, 0)).toBe('paused')
  expect(healthOf({ ...row, settings: 'none' }, 0)).toBe('none')
  expect(healthOf({ ...row, problem: 'keys-unreadable' }, 0)).toBe('problem')
  const well = { ...row, breaker: 'closed' } as const
  expect(healthOf(well, 0)).toBe('unproved')
  expect(healthOf({ ...well, lastSuccessAt: 1 }, 2)).toBe('up')
  expect(healthOf({ ...well, lastSuccessAt: 1, waitUntil: 9 }, 2)).toBe('limited')
  expect(healthOf({ ...well, lastSuccessAt: 1, skewMs: -130_000 }, 2)).toBe('skewed')
  expect(healthOf({ ...well, lastSuccessAt: 1, calls: 10, failures: 3 }, 2)).toBe('failing')
  const refused = { ...well, lastSuccessAt: 1, lastFailureAt: 2, failure: 'http-401', calls: 9, failures: 1 }
  expect(healthOf(refused, 3)).toBe('refused')
  expect(healthOf({ ...refused, failure: 'http-403' }, 3)).toBe('forbidden')
  expect(healthOf({ ...refused, skewMs: 130_000 }, 3), 'the clock may be why').toBe('skewed')
  expect(healthOf({ ...refused, lastSuccessAt: 2 }, 3), 'a token that was renewed').toBe('up')
})
