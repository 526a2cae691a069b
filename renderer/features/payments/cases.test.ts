import { describe, expect, it } from 'vitest'
import { changeCase } from '#protocol/payments-commands.ts'
import { caseSteps, comparesOurs, numberOf, settledItself } from './cases.ts'

const entry = (by: string) => ({ at: 1, by, did: 'closed' as const, note: '' })

describe('cases', () => {
  it('offer just what the backend takes: a closed one is opened again, and nothing else', () => {
    for (const [state, steps] of Object.entries(caseSteps)) {
      for (const did of changeCase.params.shape.did.options)
        if (did !== 'took' && did !== 'noted')
          expect(steps.includes(did)).toBe((state === 'closed') === (did === 'reopened'))
    }
    expect(caseSteps.closed).toEqual(['reopened'])
  })

  it('tell those that settled themselves from those that a person closed', () => {
    expect(settledItself({ state: 'closed', history: [entry('suzuki'), entry('service:payments')] } as never)).toBe(
      true,
    )
    expect(settledItself({ state: 'closed', history: [entry('service:payments'), entry('suzuki')] } as never)).toBe(
      false,
    )
    expect(settledItself({ state: 'open', history: [entry('service:payments')] } as never)).toBe(false)
  })

  it('show a number where there is one to look for', () => {
    expect(numberOf({ about: 'R-1', kind: 'dispute' })).toBe('R-1')
    for (const about of ['', 'order', 'end']) expect(numberOf({ about, kind: 'contradiction' })).toBeNull()
    expect(numberOf({ about: '1795255000000', kind: 'unknown-for-long' })).toBeNull()
  })

  it('say nothing of our side where the books hold what the case is about', () => {
    for (const kind of ['dispute', 'unknown-for-long'] as const) expect(comparesOurs({ kind, ours: '' })).toBe(false)
    expect(comparesOurs({ kind: 'stray', ours: '' })).toBe(true)
    expect(comparesOurs({ kind: 'dispute', ours: 'captured' })).toBe(true)
  })
})
