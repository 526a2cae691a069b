import { describe, expect, it } from 'vitest'
import type { AlertRow, RuleRow } from '#protocol/alerts.ts'
import type { Sample } from '#protocol/telemetry.ts'
import { evaluate, type Report, restore, type Standing } from './evaluator.ts'

const rule = (over: Partial<RuleRow> = {}): RuleRow => ({
  rule: 'memory',
  name: 'メモリ',
  severity: 'warning',
  condition: { kind: 'threshold', metric: 'm', above: true, threshold: '90', forSeconds: 2 },
  watching: true,
  notifying: true,
  builtIn: false,
  changedAt: 0,
  changedBy: 'tanaka' as RuleRow['changedBy'],
  ...over,
})
const sample = (at: number, value: number, instance = 'a'): Sample => ({ at, instance, values: { m: value } })

/** Ticks from one second to another; `value` makes the sample of an instance at a second, or none. */
const play = (
  from: Standing,
  seconds: readonly [from: number, to: number],
  rules: readonly RuleRow[],
  value: (instance: string, second: number) => number | undefined,
  watched: readonly string[] = ['a'],
): { readonly standing: Standing; readonly reports: readonly Report[] } => {
  let standing = from
  const reports: Report[] = []
  const samples = new Map<string, Sample>()
  for (let second = seconds[0]; second < seconds[1]; second += 1) {
    for (const instance of watched) {
      const measured = value(instance, second)
      if (measured !== undefined) samples.set(instance, sample(second * 1000, measured, instance))
    }
    const next = evaluate(standing, { at: second * 1000, rules, samples, watched })
    standing = next.standing
    reports.push(...next.reports)
  }
  return { standing, reports }
}
const fresh = restore([])

describe('evaluation', () => {
  it('watches each instance on its own', () => {
    const high = (instance: string) => (instance === 'a' ? 95 : 50)
    const { reports } = play(fresh, [0, 5], [rule()], high, ['a', 'b'])
    expect(reports).toEqual([{ rule: 'memory', instance: 'a', firing: true, firedAt: 2_000, value: '95' }])
  })

  it('leaves alone what is switched off, and ends what was firing when it is', () => {
    const off = rule({ watching: false })
    expect(play(fresh, [0, 9], [off], () => 95).reports).toEqual([])
    const firing = play(fresh, [0, 5], [rule()], () => 95).standing
    const ended = { rule: 'memory', instance: 'a', firing: false, firedAt: 2_000, value: '' }
    expect(play(firing, [5, 9], [off], () => 95).reports).toEqual([ended])
    expect(play(firing, [5, 9], [], () => 95).reports).toEqual([ended])
  })

  it('does not take an old sample for a new one', () => {
    const { reports } = play(
      fresh,
      [0, 60],
      [rule({ condition: { ...rule().condition, forSeconds: 10 } })],
      (_, second) => (second === 0 ? 95 : undefined),
    )
    expect(reports).toEqual([])
  })

  it('hears silence, from the moment that it began to listen', () => {
    const silence = rule({ rule: 'silent', condition: { kind: 'silence', forSeconds: 15 } })
    const { reports } = play(fresh, [100, 160], [silence], (_, second) => (second < 120 ? 1 : undefined))
    expect(reports).toMatchObject([{ firing: true, firedAt: 134_000 }])
    const never = play(fresh, [100, 116], [silence], () => undefined)
    expect(never.reports).toMatchObject([{ firing: true, firedAt: 115_000 }])
  })

  it('blames nobody for the time that it slept itself, nor for a clock set back', () => {
    const silence = rule({ rule: 'silent', condition: { kind: 'silence', forSeconds: 15 } })
    const awake = play(fresh, [100, 110], [silence], () => 1).standing
    expect(play(awake, [4_000, 4_003], [silence], (_, second) => (second > 4_001 ? 1 : undefined)).reports).toEqual([])
    const back = play(awake, [10, 30], [silence], () => undefined)
    expect(back.reports).toMatchObject([{ firing: true, firedAt: 25_000 }])
  })

  it('takes up what was firing', () => {
    const row = { rule: 'memory', instance: 'a', firedAt: 2_000, state: 'acknowledged' } as AlertRow
    const done = { rule: 'memory', instance: 'a', firedAt: 1_000, state: 'resolved' } as AlertRow
    const again = play(restore([done, row]), [10, 30], [rule()], () => 95)
    expect(again.reports).toEqual([])
    const calm = play(again.standing, [30, 45], [rule()], () => 50)
    expect(calm.reports).toEqual([{ rule: 'memory', instance: 'a', firing: false, firedAt: 2_000, value: '50' }])
  })
})
