import { describe, expect, it } from 'vitest'
import { createRefusals, isRefusal } from './refusals.ts'

describe('refusals', () => {
  it('are summed and handed out once, the most frequent first', () => {
    const refusals = createRefusals()
    refusals.count('sato', 'command.not-permitted')
    refusals.count('anonymous', 'session.secret-wrong')
    refusals.count('anonymous', 'session.secret-wrong')
    expect(refusals.drain()).toEqual([
      { actor: 'anonymous', reason: 'session.secret-wrong', count: 2 },
      { actor: 'sato', reason: 'command.not-permitted', count: 1 },
    ])
    expect(refusals.drain()).toEqual([])
    expect(refusals.total()).toBe(3)
  })
  it('stay bounded under an attack, and lose no count', () => {
    const refusals = createRefusals()
    for (let nth = 0; nth < 5_000; nth++) refusals.count(`actor-${nth}`, 'command.key-unknown')
    let handedOut = 0
    let kinds = 0
    for (let some = refusals.drain(); some.length > 0; some = refusals.drain()) {
      expect(some.length).toBeLessThanOrEqual(100)
      kinds += some.length
      handedOut += some.reduce((sum, { count }) => sum + count, 0)
    }
    expect(kinds).toBeLessThanOrEqual(1_001)
    expect(handedOut).toBe(5_000)
  })
  it('are what says "you may not"', () => {
    expect(isRefusal('command.not-permitted')).toBe(true)
    expect(isRefusal('link.overloaded')).toBe(false)
    expect(isRefusal('events.already-acknowledged')).toBe(false)
  })
})
