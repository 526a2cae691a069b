import { describe, expect, it } from 'vitest'
import { longestSilenceMs, ruleIdSchema, saveRule } from '#protocol/alerts.ts'
import { isJudging } from './judging.ts'
import { draftOf, newRuleId, paramsOf, problemsIn } from './rule-draft.ts'
import { longestMs, nextMorning, silenceEnd, silenceProblem } from './silence-end.ts'

describe('silences', () => {
  it('share their limit with the protocol', () => {
    expect(longestMs).toBe(longestSilenceMs)
  })

  it('end at nine in the morning that comes next', () => {
    const at = (text: string): number => Date.parse(`${text}+09:00`)
    expect(nextMorning(at('2026-11-21T02:30'))).toBe(at('2026-11-21T09:00'))
    expect(nextMorning(at('2026-11-21T09:00') - 1)).toBe(at('2026-11-21T09:00'))
    expect(nextMorning(at('2026-11-21T09:00'))).toBe(at('2026-11-22T09:00'))
  })

  it('need an end that is ahead and not too far', () => {
    expect(silenceProblem(silenceEnd('30m', null, 0), 0)).toBeNull()
    expect(silenceProblem(silenceEnd('custom', null, 0), 0)).toBe('missing')
    expect(silenceProblem(5, 10)).toBe('past')
    expect(silenceProblem(longestMs + 1, 0)).toBe('long')
  })
})

describe('rule drafts', () => {
  it('make parameters that the command takes', () => {
    const draft = { ...draftOf(null), name: ' ディスク ' }
    expect(problemsIn(draft)).toEqual({})
    expect(saveRule.params.parse(paramsOf(draft))).toMatchObject({ name: 'ディスク' })
    expect(saveRule.params.parse(paramsOf({ ...draft, kind: 'silence' }))).toMatchObject({
      condition: { kind: 'silence', forSeconds: 60 },
    })
  })

  it('name what the backend would refuse', () => {
    const draft = { ...draftOf(null), name: ' ', metric: '', threshold: '1e3', forSeconds: '-1' }
    expect(problemsIn(draft)).toEqual({ name: true, metric: true, threshold: true, forSeconds: true })
    expect(problemsIn({ ...draftOf(null), name: 'x', kind: 'silence', forSeconds: '4' })).toEqual({ forSeconds: true })
  })

  it('get an id of their own', () => {
    expect(ruleIdSchema.safeParse(newRuleId()).success).toBe(true)
    expect(newRuleId()).not.toBe(newRuleId())
  })
})

describe('judging', () => {
  it('has stopped only when every alerts module is known to have stopped', () => {
    expect(isJudging([])).toBe(true)
    expect(isJudging([{ module: 'alerts', state: 'stopped' }])).toBe(false)
    expect(isJudging([{ module: 'alerts', state: 'failed' }])).toBe(false)
    expect(isJudging([{ module: 'alerts', state: 'degraded' }])).toBe(true)
    const two = ['stopped', 'running'] as const
    expect(isJudging(two.map((state) => ({ module: 'alerts', state })))).toBe(true)
  })
})
