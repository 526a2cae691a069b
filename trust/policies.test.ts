import { describe, expect, it } from 'vitest'
import { type createPolicyReader, policyHash, policyHistory } from './policies.ts'

type Taken = Parameters<ReturnType<typeof createPolicyReader>['take']>[0]
const before = policyHash('before')
const published = (version: number, text: string, previous: string | null, seed = false, hash = policyHash(text)) => ({
  type: 'policy.published@1',
  data: { version, hash, previous, text, note: seed ? null : 'わけ', seed },
})
const entry = (index: number, policy: string, ...events: readonly unknown[]): Taken =>
  ({ index, at: 1_000 + index, policy, events, command: { statement: { operator: `o${index}` } } }) as unknown as Taken
const log = (): Taken[] => [
  entry(0, before),
  entry(1, before, published(1, 'A', null, true)),
  entry(2, policyHash('A'), published(2, 'B', policyHash('A'))),
  entry(3, policyHash('B')),
  entry(4, policyHash('B'), published(3, 'A', policyHash('B'))),
  entry(5, policyHash('A')),
]

describe('the history of policies', () => {
  it('tells which was in force at each entry, by whom and since when', () => {
    const history = policyHistory(log())
    expect(history.faults).toEqual([])
    expect(history.versions.map(({ version, text, by, index }) => [version, text, by, index])).toEqual([
      [null, null, null, -1],
      [1, 'A', 'o1', 1],
      [2, 'B', 'o2', 2],
      [3, 'A', 'o4', 4],
    ])
    expect([0, 1, 2, 3, 4, 5].map((index) => history.at(index)?.version)).toEqual([null, null, 1, 2, 2, 3])
    expect(history.byHash(policyHash('A'))?.version).toBe(1)
    expect(history.byHash(before)).toBeUndefined()
  })
  it('names an entry under another policy than the one in force', () => {
    const forged = log()
    forged[3] = entry(3, policyHash('A'))
    expect(policyHistory(forged).faults).toEqual([{ index: 3, reason: 'other' }])
    const skipped = log().filter(({ index }) => index !== 2)
    expect(policyHistory(skipped).faults).toEqual([
      { index: 3, reason: 'other' },
      { index: 4, reason: 'other' },
    ])
  })
  it('does not take a text that is not what its hash names', () => {
    const forged = log()
    forged[2] = entry(2, policyHash('A'), published(2, 'B and more', policyHash('A'), false, policyHash('B')))
    expect(policyHistory(forged).faults.at(0)).toEqual({ index: 2, reason: 'text' })
  })
  it('begins in the middle of a log, too', () => {
    const history = policyHistory(log().slice(3))
    expect(history.faults).toEqual([])
    expect(history.at(3)).toMatchObject({ hash: policyHash('B'), text: null })
    expect(history.at(2)).toBeUndefined()
  })
})
