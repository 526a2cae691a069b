import { LibralError } from '#protocol/errors.ts'
import { equalBytes, sha256 } from './bytes.ts'

/** RFC 6962 §2.1: the log as a Merkle tree, its roots and its two proofs. */

/** Levels whose complete subtrees are stored: 256, 65,536 and 16,777,216 leaves. */
export const storedLevels = [8, 16, 24] as const

export interface TreeNode {
  readonly level: number
  /** Counted at its own level: covers the leaves from index·2^level. */
  readonly index: number
  readonly hash: Uint8Array
}

/** Gives the hash of a complete subtree; level 0 is a leaf. */
export type HashOf = (level: number, index: number) => Uint8Array | Promise<Uint8Array>

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** SHA-256(0x00 ‖ entry) */
export const leafHash = (entry: Uint8Array): Uint8Array => sha256(leafPrefix, entry)

/** SHA-256(0x01 ‖ left ‖ right) */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(nodePrefix, left, right)

/** The root of the empty tree: SHA-256 of nothing. */
export const emptyRoot: Uint8Array = sha256()

/**
 * Adds leaves to a tree known only by its frontier (the complete subtrees, largest first, one for each bit of `size`).
 * Answers the new frontier and the stored-level nodes that became complete.
 */
export const append = (
  frontier: readonly Uint8Array[],
  size: number,
  leaves: readonly Uint8Array[],
): { readonly frontier: readonly Uint8Array[]; readonly nodes: readonly TreeNode[] } => {
  if (frontier.length !== countBits(size)) throw new LibralError('log.broken', { size })
  const stack = [...frontier]
  const nodes: TreeNode[] = []
  leaves.forEach((leaf, nth) => {
    let hash = leaf
    let level = 0
    // A tree of n leaves has one complete subtree for each trailing one of n to merge with.
    for (let rest = size + nth; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = stack.pop()
      if (!left) throw new LibralError('log.broken', { size })
      hash = nodeHash(left, hash)
      level++
      if (isStored(level)) nodes.push({ level, index: Math.floor((size + nth) / 2 ** level), hash })
    }
    stack.push(hash)
  })
  return { frontier: stack, nodes }
}

const isStored = (level: number): boolean => (storedLevels as readonly number[]).includes(level)

const countBits = (size: number): number => {
  let bits = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2
  return bits
}

/** The tree hash of a frontier. */
export const rootOf = (frontier: readonly Uint8Array[]): Uint8Array =>
  frontier.length === 0 ? emptyRoot : frontier.reduceRight((right, left) => nodeHash(left, right))

/** What the hashes of the frontier of `size` leaves stand for, largest first. */
export const frontierSpans = (size: number): readonly Span[] => {
  const spans: Span[] = []
  let start = 0
  for (let level = Math.floor(Math.log2(Math.max(1, size))); level >= 0; level--) {
    const count = 2 ** level
    if (size - start < count) continue
    spans.push([start, start + count])
    start += count
  }
  return spans
}

/** The frontier of the tree's first `size` leaves. */
export const frontierAt = async (size: number, hashOf: HashOf): Promise<readonly Uint8Array[]> =>
  Promise.all(
    frontierSpans(size).map(([start, end]) => Promise.resolve(hashOf(Math.log2(end - start), start / (end - start)))),
  )

/** Largest power of two below `count`, for count ≥ 2: where a tree of so many leaves parts. */
export const splitPoint = (count: number): number => {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

/** MTH over leaves [start, end), where `start` is a multiple of the range's leading power of two. */
const rangeHash = async (start: number, end: number, hashOf: HashOf): Promise<Uint8Array> => {
  const count = end - start
  const level = Math.log2(count)
  if (Number.isInteger(level)) return hashOf(level, start / count)
  const middle = start + splitPoint(count)
  return nodeHash(await rangeHash(start, middle, hashOf), await rangeHash(middle, end, hashOf))
}

/** Leaves [start, end) under one hash of a tree. */
export type Span = readonly [start: number, end: number]

/**
 * What the hashes of an audit path stand for, in its order.
 * @throws LibralError `log.out-of-range`
 */
export const inclusionSpans = (index: number, size: number): readonly Span[] => {
  if (index < 0 || index >= size) throw new LibralError('log.out-of-range', { index, size })
  const path: Span[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      path.push([middle, end])
      end = middle
    } else {
      path.push([start, middle])
      start = middle
    }
  }
  return path.reverse()
}

/**
 * What the hashes of a consistency proof stand for, in its order.
 * @throws LibralError `log.out-of-range`
 */
export const consistencySpans = (from: number, to: number): readonly Span[] => {
  if (from < 0 || from > to) throw new LibralError('log.out-of-range', { index: from, size: to })
  if (from === 0 || from === to) return []
  const path: Span[] = []
  let start = 0
  let end = to
  // Until the old tree fills the range exactly; it is then known to the verifier only when it never moved right.
  while (from !== end) {
    const middle = start + splitPoint(end - start)
    if (from <= middle) {
      path.push([middle, end])
      end = middle
    } else {
      path.push([start, middle])
      start = middle
    }
  }
  if (start > 0) path.push([start, end])
  return path.reverse()
}

const proofOf = async (spans: readonly Span[], hashOf: HashOf): Promise<readonly Uint8Array[]> => {
  const path: Uint8Array[] = []
  for (const [start, end] of spans) path.push(await rangeHash(start, end, hashOf))
  return path
}

/**
 * The audit path of leaf `index` in the tree of `size` leaves, nearest sibling first (RFC 6962 §2.1.1).
 * @throws LibralError `log.out-of-range`
 */
export const inclusionProof = async (index: number, size: number, hashOf: HashOf): Promise<readonly Uint8Array[]> =>
  proofOf(inclusionSpans(index, size), hashOf)

/**
 * Proof that the tree of `to` leaves extends the one of `from` leaves (RFC 6962 §2.1.2); empty for from = to and for
 * from = 0, where there is nothing to prove.
 * @throws LibralError `log.out-of-range`
 */
export const consistencyProof = async (from: number, to: number, hashOf: HashOf): Promise<readonly Uint8Array[]> =>
  proofOf(consistencySpans(from, to), hashOf)

/** RFC 9162 §2.1.3.2, which states the verification of the same proofs. */
export const verifyInclusion = (
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean => {
  if (index < 0 || index >= size) return false
  let place = index
  let last = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(sibling, hash)
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(hash, root)
}

/** RFC 9162 §2.1.4.2 */
export const verifyConsistency = (
  from: number,
  to: number,
  path: readonly Uint8Array[],
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
): boolean => {
  if (from < 0 || from > to) return false
  if (from === to) return path.length === 0 && equalBytes(oldRoot, newRoot)
  if (from === 0) return path.length === 0 && equalBytes(oldRoot, emptyRoot)
  const isPower = countBits(from) === 1
  const [first, ...rest] = isPower ? [oldRoot, ...path] : path
  if (!first) return false
  let place = from - 1
  let last = to - 1
  while (place % 2 === 1) {
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  let oldHash = first
  let newHash = first
  for (const sibling of rest) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      oldHash = nodeHash(sibling, oldHash)
      newHash = nodeHash(sibling, newHash)
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      newHash = nodeHash(newHash, sibling)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot)
}
