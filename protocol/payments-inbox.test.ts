import { expect, it } from 'vitest'
import { providers } from './payments.ts'
import { messageSteps, outcomesOf, stepOf, stepsFor } from './payments-inbox.ts'

it('shows the step that a message failed at, what stood before it and what was not reached', () => {
  const row = { provider: 'paypal', via: 'webhook', state: 'refused', ended: 'certificate' } as const
  expect(outcomesOf(row).map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
    ...['size passed', 'headers passed', 'algorithm passed', 'time passed', 'certificate failed'],
    ...['signature open', 'content open', 'payment open', 'confirmed open'],
  ])
  expect(new Set(outcomesOf({ ...row, state: 'processed', ended: null }).map((it) => it.outcome))).toEqual(
    new Set(['passed']),
  )
  expect(new Set(outcomesOf({ ...row, state: 'received', ended: null }).map((it) => it.outcome))).toEqual(
    new Set(['open']),
  )
  const nothing = outcomesOf({ ...row, state: 'nothing', ended: stepOf('not-ours') })
  expect(nothing.find(({ step }) => step === 'payment')?.outcome).toBe('stopped')
})

it('knows steps of every provider, and asks no proof of what we fetched ourselves', () => {
  for (const provider of providers) {
    expect(stepsFor(provider, 'webhook').every((step) => messageSteps.includes(step))).toBe(true)
    expect(stepsFor(provider, 'poll')).not.toContain('secret')
  }
  expect(stepsFor('stars', 'webhook')).toContain('secret')
  expect(stepsFor('paypal', 'poll')).toEqual(['size', 'content', 'payment', 'confirmed'])
})
