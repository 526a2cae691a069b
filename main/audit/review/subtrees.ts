import type { Manifest } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { inclusionProof, leafHash, nodeHash } from '#trust/merkle.ts'

/** Leaves under one hash that is kept: a proof then reads at most two such blocks again. */
const keptLevel = 8
const keptLeaves = 2 ** keptLevel
const hashBytes = 32

/** The tree up to a bundle's last entry, for proofs of the entries of its range. */
export interface Subtrees {
  /** The next entry's leaf. */
  add(leaf: Uint8Array): void
  /** RFC 6962 audit path to the tree of `to` leaves. */
  proof(index: number): Promise<readonly Uint8Array[]>
}

/**
 * @param bytesAt an entry of the range
 */
export const createSubtrees = (
  { from, to, frontier }: Pick<Manifest, 'from' | 'to' | 'frontier'>,
  bytesAt: (index: number) => Uint8Array | null,
): Subtrees => {
  /** Of whole blocks within the range, by block. */
  const blocks = new Map<number, Uint8Array>()
  const before = frontierByPlace(from, frontier.map(fromBase64url))
  let block: Uint8Array[] = []
  let size = from

  const hashOf = (level: number, index: number): Uint8Array => {
    const start = index * 2 ** level
    if (start + 2 ** level <= from) {
      const known = before.get(`${level} ${index}`)
      if (known === undefined) throw new LibralError('log.not-included', { index: start })
      return known
    }
    if (level === keptLevel) {
      const known = blocks.get(index)
      if (known !== undefined) return known
    }
    if (level > 0) return nodeHash(hashOf(level - 1, index * 2), hashOf(level - 1, index * 2 + 1))
    const bytes = bytesAt(start)
    if (bytes === null) throw new LibralError('log.not-included', { index: start })
    return leafHash(bytes)
  }

  return {
    add: (leaf) => {
      if (size % keptLeaves === 0) block = []
      block.push(leaf)
      size++
      if (size % keptLeaves === 0 && block.length === keptLeaves) blocks.set(size / keptLeaves - 1, rootOfBlock(block))
    },
    proof: (index) => inclusionProof(index, to, hashOf),
  }
}

const rootOfBlock = (leaves: readonly Uint8Array[]): Uint8Array => {
  let level = leaves
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let at = 0; at < level.length; at += 2)
      above.push(nodeHash(level[at] ?? new Uint8Array(hashBytes), level[at + 1] ?? new Uint8Array(hashBytes)))
    level = above
  }
  return level[0] ?? new Uint8Array(hashBytes)
}

/** The complete subtrees before `from`, largest first, by level and index. */
const frontierByPlace = (from: number, hashes: readonly Uint8Array[]): ReadonlyMap<string, Uint8Array> => {
  const places = new Map<string, Uint8Array>()
  let start = 0
  let nth = 0
  for (let level = 53; level >= 0; level--) {
    const leaves = 2 ** level
    if (Math.floor(from / leaves) % 2 === 0) continue
    const hash = hashes[nth++]
    if (hash !== undefined) places.set(`${level} ${start / leaves}`, hash)
    start += leaves
  }
  return places
}
