import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyEffect } from '#protocol/policy.ts'
import type { Verdict } from '#protocol/verdict.ts'
import { changesOf, shownRows } from './effects.ts'
import { compareLines, hunksOf } from './lines.ts'

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))

describe('a comparison of texts', () => {
  it('holds both texts whole, whatever they are', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = compareLines(before, after)
        const side = (without: string): string =>
          lines
            .filter(({ kind }) => kind !== without)
            .map((line) => line.text)
            .join('\n')
        expect(side('added')).toBe(before)
        expect(side('removed')).toBe(after)
        if (before === after) expect(hunksOf(lines)).toEqual([])
      }),
    )
  })
  it('shows what changed with the lines beside it', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n')
    const hunks = hunksOf(compareLines(before, before.replace('2', 'two').replace('9', 'nine')), 1)
    expect(hunks.map((hunk) => hunk.map((line) => `${line.kind[0]}${line.text}`))).toEqual([
      ['s1', 'r2', 'atwo', 's3'],
      ['s8', 'r9', 'anine'],
    ])
  })
})

const yes: Verdict = { permitted: true, approvals: null, policies: ['a'] }
const no: Verdict = { ...yes, permitted: false }
const two: Verdict = { ...yes, approvals: { count: 2, roles: ['custodian'], withinMs: 60_000 } }
const effect = (verdict: Verdict, over: Partial<PolicyEffect> = {}): PolicyEffect => ({
  ...{ role: 'operator', permission: 'hub.operate', command: 'hub.stopModule', above: null },
  verdict: { ...verdict, policies: [...verdict.policies] },
  ...over,
})

describe('what changes for whom', () => {
  it('is told by what becomes possible, harder or impossible', () => {
    const direction = (before: PolicyEffect, after: PolicyEffect) => changesOf([before], [after])[0]?.direction
    expect(direction(effect(no), effect(yes))).toBe('more')
    expect(direction(effect(yes), effect(two))).toBe('less')
    expect(direction(effect(two), effect(no))).toBe('less')
    expect(direction(effect(yes), effect(yes, { above: { ...two, policies: [] } }))).toBe('less')
    const later = effect({ ...two, approvals: { count: 2, roles: ['auditor'], withinMs: 60_000 } })
    expect(direction(effect(two), later)).toBe('other')
    expect(changesOf([effect(yes)], [effect({ ...yes, policies: ['b'] })])).toEqual([])
  })
  it('leaves out a permission whose commands stand for themselves', () => {
    const read = effect(yes, { permission: 'hub.read', command: null })
    const operate = effect(yes, { command: null })
    expect(shownRows([read, operate, effect(yes)]).map(({ permission, command }) => [permission, command])).toEqual([
      ['hub.read', null],
      ['hub.operate', 'hub.stopModule'],
    ])
  })
})
