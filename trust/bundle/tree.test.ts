import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8 } from '../bytes.ts'
import { append, leafHash, rootOf } from '../merkle.ts'
import { GrowingTree, subtreesOf } from './tree.ts'

const leavesOf = (count: number) => Array.from({ length: count }, (_, at) => leafHash(utf8(`entry ${at}`)))

it('grows by pieces cut anywhere to the same root as leaf by leaf', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.nat(300), cuts, (before, sizes) => {
      const all = leavesOf(before + sizes.reduce((sum, size) => sum + size, 0))
      const tree = new GrowingTree(before, append([], 0, all.slice(0, before)).frontier)
      for (const size of sizes) {
        const from = tree.size
        const pieces = subtreesOf(from, all.slice(from, from + size))
        expect(pieces.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size + 1)) + 1)
        for (const piece of pieces) tree.add(piece)
        const { frontier } = append([], 0, all.slice(0, tree.size))
        expect(tree.root()).toEqual(rootOf(frontier))
        expect(tree.frontier).toEqual(frontier)
      }
    }),
    { numRuns: 60 },
  )
})

it('refuses a frontier that is not of its size, and a subtree out of its place', () => {
  expect(() => new GrowingTree(3, leavesOf(1))).toThrow(expect.objectContaining({ code: 'log.broken' }))
  const tree = new GrowingTree(1, leavesOf(1))
  expect(() => tree.add({ level: 1, hash: leavesOf(1)[0] ?? new Uint8Array() })).toThrow()
})
