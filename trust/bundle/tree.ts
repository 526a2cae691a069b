import { LibralError } from '#protocol/errors.ts'
import { emptyRoot, nodeHash } from '../merkle.ts'

/** A complete subtree: 2^level leaves. Where it stands follows from what comes before it. */
export interface Subtree {
  readonly level: number
  readonly hash: Uint8Array
}

/**
 * The leaves [from, from + leaves.length) of a tree as its fewest complete subtrees, in order: what of the tree can be
 * hashed with nothing known of what stands before or behind.
 */
export const subtreesOf = (from: number, leaves: readonly Uint8Array[]): readonly Subtree[] => {
  const stack: { level: number; start: number; hash: Uint8Array }[] = []
  for (const [nth, leaf] of leaves.entries()) {
    let top = { level: 0, start: from + nth, hash: leaf }
    for (let left = stack.at(-1); left?.level === top.level; left = stack.at(-1)) {
      // Side by side, but children of two parents.
      if (left.start % 2 ** (left.level + 1) !== 0) break
      stack.pop()
      top = { level: top.level + 1, start: left.start, hash: nodeHash(left.hash, top.hash) }
    }
    stack.push(top)
  }
  return stack.map(({ level, hash }) => ({ level, hash }))
}

/** A tree that is known by its frontier and grows by complete subtrees. */
export class GrowingTree {
  readonly #frontier: Subtree[]
  #size: number

  /**
   * @param frontier complete subtrees, largest first, one for each bit of `size`
   * @throws LibralError `log.broken` where their number is another
   */
  constructor(size: number, frontier: readonly Uint8Array[]) {
    const levels = levelsOf(size)
    if (levels.length !== frontier.length) throw new LibralError('log.broken', { size })
    this.#frontier = frontier.map((hash, at) => ({ level: levels[at] ?? 0, hash }))
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  get frontier(): readonly Uint8Array[] {
    return this.#frontier.map(({ hash }) => hash)
  }

  root(): Uint8Array {
    const [first, ...rest] = this.frontier.toReversed()
    return first === undefined ? emptyRoot : rest.reduce((right, left) => nodeHash(left, right), first)
  }

  add({ level, hash }: Subtree): void {
    if (this.#size % 2 ** level !== 0) throw new LibralError('log.broken', { size: this.#size })
    let top: Subtree = { level, hash }
    for (let left = this.#frontier.at(-1); left?.level === top.level; left = this.#frontier.at(-1)) {
      this.#frontier.pop()
      top = { level: top.level + 1, hash: nodeHash(left.hash, top.hash) }
    }
    this.#frontier.push(top)
    this.#size += 2 ** level
  }
}

/** Of the bits of a size, the highest first. */
const levelsOf = (size: number): readonly number[] => {
  const levels: number[] = []
  for (let [rest, level] = [size, 0]; rest > 0; [rest, level] = [Math.floor(rest / 2), level + 1])
    if (rest % 2 === 1) levels.unshift(level)
  return levels
}
