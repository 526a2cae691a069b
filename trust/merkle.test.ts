import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  append,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The eight leaves and roots that Certificate Transparency's own tests use. */
const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const leavesOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`${i}`)))

/** The definition of RFC 6962 §2.1, written as it stands there. */
const treeHash = (leaves: readonly Uint8Array[]): Uint8Array => {
  if (leaves.length === 0) return emptyRoot
  if (leaves.length === 1) return leaves[0] as Uint8Array
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)))
}

const hashOf = (leaves: readonly Uint8Array[]) => (level: number, index: number) =>
  treeHash(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level))

const size = fc.integer({ min: 1, max: 600 })

describe('merkle', () => {
  it('gives the published roots', () => {
    const leaves = inputs.map((input) => leafHash(Buffer.from(input, 'hex')))
    const seen = leaves.map((_, i) => hex(rootOf(append([], 0, leaves.slice(0, i + 1)).frontier)))
    expect(seen).toEqual(roots)
    expect(hex(rootOf([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it('appends in any portions to the same root and the same stored nodes', () => {
    fc.assert(
      fc.property(size, fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 20 }), (total, cuts) => {
        const leaves = leavesOf(total)
        let frontier: readonly Uint8Array[] = []
        let done = 0
        const nodes: string[] = []
        for (const cut of [...cuts, total]) {
          const portion = leaves.slice(done, Math.min(total, done + cut))
          const next = append(frontier, done, portion)
          frontier = next.frontier
          nodes.push(...next.nodes.map((node) => `${node.level}/${node.index}/${hex(node.hash)}`))
          done += portion.length
        }
        const whole = append([], 0, leaves)
        expect(hex(rootOf(frontier))).toBe(hex(treeHash(leaves)))
        expect(nodes).toEqual(whole.nodes.map((node) => `${node.level}/${node.index}/${hex(node.hash)}`))
        for (const node of whole.nodes) {
          expect(hex(node.hash)).toBe(hex(hashOf(leaves)(node.level, node.index)))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('proves inclusion of every leaf, and of no other', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (total, pick) => {
        const leaves = leavesOf(total)
        const index = pick % total
        const root = treeHash(leaves)
        const path = await inclusionProof(index, total, hashOf(leaves))
        const leaf = leaves[index] as Uint8Array
        expect(verifyInclusion(leaf, index, total, path, root)).toBe(true)
        expect(verifyInclusion(leafHash(Buffer.from('x')), index, total, path, root)).toBe(false)
        if (total > 1) expect(verifyInclusion(leaf, (index + 1) % total, total, path, root)).toBe(false)
        expect(verifyInclusion(leaf, index, total, [...path, root], root)).toBe(false)
        if (path.length > 0) expect(verifyInclusion(leaf, index, total, path.slice(1), root)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('proves that a later tree extends an earlier one, and refuses a changed past', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (to, pick) => {
        const leaves = leavesOf(to)
        const from = pick % (to + 1)
        const path = await consistencyProof(from, to, hashOf(leaves))
        const oldRoot = treeHash(leaves.slice(0, from))
        expect(verifyConsistency(from, to, path, oldRoot, treeHash(leaves))).toBe(true)
        if (from === 0) return
        const forged = [leafHash(Buffer.from('forged')), ...leaves.slice(1)]
        expect(verifyConsistency(from, to, path, oldRoot, treeHash(forged))).toBe(false)
        expect(verifyConsistency(from, to, path, treeHash(forged.slice(0, from)), treeHash(leaves))).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('refuses what is out of range and a frontier that does not fit its size', async () => {
    const leaves = leavesOf(3)
    await expect(inclusionProof(3, 3, hashOf(leaves))).rejects.toMatchObject({ code: 'log.out-of-range' })
    await expect(consistencyProof(4, 3, hashOf(leaves))).rejects.toMatchObject({ code: 'log.out-of-range' })
    expect(() => append([], 3, leaves)).toThrow('log.broken')
  })
})
