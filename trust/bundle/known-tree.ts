import type { Manifest } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url } from '../bytes.ts'
import { consistencySpans, frontierSpans, leafHash, nodeHash, type Span, splitPoint } from '../merkle.ts'

const hashBytes = 32
/** Leaves are kept in pieces of this many, and the hash over so many is computed once. */
const pieceLeaves = 256

/**
 * What is known of a log's tree from a part of it: the leaves of one stretch, and whatever hashes proofs and a frontier
 * brought. That is enough for each proof about this stretch that another can be made of (docs/decisions/0095). 32 bytes
 * an entry.
 */
export class KnownTree {
  readonly #from: number
  #to: number
  readonly #pieces: Uint8Array[] = []
  readonly #known = new Map<string, Uint8Array>()

  /** @param from the first leaf of the stretch */
  constructor(from: number) {
    this.#from = from
    this.#to = from
  }

  /** Of the bundle whose entries are added then. */
  static of({ from, frontier }: Pick<Manifest, 'from' | 'frontier'>): KnownTree {
    const tree = new KnownTree(from)
    tree.learn(frontierSpans(from), frontier.map(fromBase64url))
    return tree
  }

  /** What a bundle's checkpoint proves of its size and the end of the bundle's range. */
  learnCheckpoint({ to }: Pick<Manifest, 'to'>, size: number, proof: readonly Uint8Array[]): void {
    this.learn(consistencySpans(Math.min(size, to), Math.max(size, to)), proof)
  }

  /** The next leaf of the stretch. */
  add(leaf: Uint8Array): void {
    const place = this.#to - this.#from
    if (place % pieceLeaves === 0) this.#pieces.push(new Uint8Array(pieceLeaves * hashBytes))
    this.#pieces.at(-1)?.set(leaf, (place % pieceLeaves) * hashBytes)
    this.#to++
  }

  /** Hashes that a proof brought, which was verified, with what they stand for. */
  learn(spans: readonly Span[], hashes: readonly Uint8Array[]): void {
    for (const [nth, span] of spans.entries()) {
      const hash = hashes[nth]
      if (hash !== undefined) this.#known.set(nameOf(span), hash)
    }
  }

  /** Whether this is the entry whose leaf stands there. */
  holds(index: number, bytes: Uint8Array): boolean {
    const leaf = this.#leaf(index)
    return leaf !== null && Buffer.compare(leaf, leafHash(bytes)) === 0
  }

  /** @throws LibralError `log.not-included` where nothing that is known leads to one of them */
  proof(spans: readonly Span[]): readonly Uint8Array[] {
    return spans.map((span) => this.#hash(span))
  }

  #hash(span: Span): Uint8Array {
    const known = this.#known.get(nameOf(span))
    if (known !== undefined) return known
    const [start, end] = span
    if (end - start === 1) {
      const leaf = this.#leaf(start)
      if (leaf === null) throw new LibralError('log.not-included', { index: start })
      return leaf
    }
    const middle = start + splitPoint(end - start)
    const hash = nodeHash(this.#hash([start, middle]), this.#hash([middle, end]))
    if (end - start >= pieceLeaves) this.#known.set(nameOf(span), hash)
    return hash
  }

  #leaf(index: number): Uint8Array | null {
    if (index < this.#from || index >= this.#to) return null
    const place = index - this.#from
    const at = (place % pieceLeaves) * hashBytes
    return this.#pieces[Math.floor(place / pieceLeaves)]?.subarray(at, at + hashBytes) ?? null
  }
}

const nameOf = ([start, end]: Span): string => `${start} ${end}`
