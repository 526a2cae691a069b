import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawSample } from './sample.ts'

const deployment = 'libral:01990000-0000-4000-8000-000000000000'
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

describe('a sample', () => {
  it('is what the documented recipe gives, whoever follows it', () => {
    const lot = (index: number): string =>
      createHash('sha256').update(`libral sample v1\n${deployment}\n令和八年\n${index}\n`).digest('hex')
    const expected = upTo(1_000)
      .sort((left, right) => (lot(left) < lot(right) ? -1 : 1))
      .slice(0, 25)
      .sort((left, right) => left - right)
    expect(drawSample(upTo(1_000), { deployment, seed: '令和八年', size: 25 })).toEqual(expected)
  })

  it('holds the smaller sample of its seed, each entry once, and never more than there are', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(40), fc.nat(40), fc.nat(200), (seed, one, other, count) => {
        const small = drawSample(upTo(count), { deployment, seed, size: Math.min(one, other) + 1 })
        const large = drawSample(upTo(count), { deployment, seed, size: Math.max(one, other) + 1 })
        expect(large).toEqual(expect.arrayContaining([...small]))
        expect(new Set(large).size).toBe(large.length)
        expect(large).toHaveLength(Math.min(count, Math.max(one, other) + 1))
      }),
    )
  })
})
