import type { Manifest } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { sha256, toBase64url } from '../bytes.ts'
import { consistencySpans, frontierSpans, inclusionSpans, leafHash } from '../merkle.ts'
import { readCheckpoint } from './checkpoints.ts'
import type { BundlePart } from './format.ts'
import { KnownTree } from './known-tree.ts'
import {
  type BundleOrder,
  type BundlePlan,
  type LogToBundle,
  planBundle,
  type SizedEntry,
  type SizedEvidence,
} from './make.ts'
import { assertGoing, type VerifyOptions } from './options.ts'
import { type BundleBytes, readBundle } from './reader.ts'
import { type PlacedEntry, speakingBefore, speakingBehind, speakingOf } from './speaking.ts'

/** A part of a bundle that is about to be written as a file of its own. */
export interface PlannedPart {
  readonly log: LogToBundle
  readonly plan: BundlePlan
  /** Of the file that it was read from: the last link of its chain. */
  readonly digest: string
  /** Lets go of the file; nothing can be written afterwards. */
  close(): Promise<void>
}

export type PartOptions = Pick<VerifyOptions, 'progress' | 'signal'>

/**
 * Plans a bundle, or a certificate, of some of a bundle's own entries, with all of its proofs: it is proved against the
 * same head, and rests on no word of whoever makes it. The bundle is read once here, and once or twice more as the parts
 * are written. Whoever calls this has verified it before.
 * @param open the file from its beginning, each time
 * @throws LibralError `log.out-of-range` where the bundle does not hold these entries, `bundle.changed`,
 *   `bundle.cancelled`, and what reading throws
 */
export const planPart = async (
  open: () => BundleBytes,
  order: BundleOrder,
  options: PartOptions = {},
): Promise<PlannedPart> => {
  const kept = new Kept(order)
  for await (const { part, digest } of readBundle(open())) {
    assertGoing(options)
    kept.take(part, digest)
    const { manifest } = kept
    if (part.kind !== 'entries' || manifest === null) continue
    const all = manifest.to - manifest.from
    options.progress?.({ step: 'tree', done: part.from + part.entries.length - manifest.from, all })
    await breathe()
  }
  const walk = new Walk(open)
  const log = logOf(kept, walk)
  const plan = await planBundle(log, { ...order, to: kept.to })
  return { log, plan, digest: toBase64url(kept.digest), close: () => walk.close() }
}

/** Whoever works in this thread also answers others. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What the first reading keeps: the tree, what speaks of keys, and how much there is of the rest. */
class Kept {
  manifest: Manifest | null = null
  digest: Uint8Array = new Uint8Array()
  readonly notes: string[] = []
  readonly context: PlacedEntry[] = []
  /** Entries of the bundle's range, but not of the wanted one, that a reader of the part needs. */
  readonly speaking: (SizedEntry & { readonly types: ReadonlySet<string> })[] = []
  readonly evidence: SizedEvidence[] = []
  bytes = 0
  to = 0
  #tree = new KnownTree(0)
  readonly #order: BundleOrder

  constructor(order: BundleOrder) {
    this.#order = order
  }

  get tree(): KnownTree {
    return this.#tree
  }

  take(part: BundlePart, digest: Uint8Array): void {
    this.digest = digest
    if (part.kind === 'manifest') this.#begin(part.manifest)
    else if (part.kind === 'checkpoint') this.#checkpoint(part)
    else if (part.kind === 'context') this.#context(part)
    else if (part.kind === 'entries') this.#entries(part)
    else if (part.kind === 'evidence' && this.#wants(part.index))
      this.evidence.push({ index: part.index, bytes: part.bytes.byteLength, digest: toBase64url(sha256(part.bytes)) })
  }

  #wants(index: number): boolean {
    return index >= this.#order.from && index < this.to
  }

  #begin(manifest: Manifest): void {
    const { from, to } = this.#order
    if (from < manifest.from || (to ?? manifest.to) > manifest.to)
      throw new LibralError('log.out-of-range', { index: from < manifest.from ? from : (to ?? 0), size: manifest.to })
    this.manifest = manifest
    this.to = to ?? manifest.to
    this.#tree = KnownTree.of(manifest)
  }

  #checkpoint({ note, proof }: BundlePart & { kind: 'checkpoint' }): void {
    this.notes.push(note)
    if (this.manifest !== null) this.#tree.learnCheckpoint(this.manifest, readCheckpoint(note)?.size ?? 0, proof)
  }

  #context({ index, path, bytes }: BundlePart & { kind: 'context' }): void {
    const size = readCheckpoint(this.notes[0] ?? '')?.size ?? 0
    const [leaf, ...spans] = [[index, index + 1] as const, ...inclusionSpans(index, size)]
    this.#tree.learn([leaf, ...spans], [leafHash(bytes), ...path])
    this.context.push({ index, bytes: bytes.slice() })
  }

  #entries({ from, entries }: BundlePart & { kind: 'entries' }): void {
    for (const [nth, bytes] of entries.entries()) {
      this.#tree.add(leafHash(bytes))
      if (this.#wants(from + nth)) this.bytes += bytes.byteLength
    }
    for (const types of [speakingBefore, speakingBehind])
      for (const { index, bytes } of speakingOf(types, from, entries))
        if (index < this.#order.from ? types === speakingBefore : index >= this.to && types === speakingBehind)
          this.speaking.push({ index, bytes: bytes.byteLength, types })
  }
}

const logOf = (kept: Kept, walk: Walk): LogToBundle => {
  const { manifest, tree, notes } = kept
  if (manifest === null) throw new LibralError('bundle.malformed', { at: 0 })
  const [head = '', ...cosigned] = notes
  const outside = (index: number): Uint8Array | undefined => kept.context.find((it) => it.index === index)?.bytes
  return {
    head: async () => head,
    cosigned: { notes: cosigned, witnesses: manifest.witnesses },
    async entries(from, to) {
      const known = outside(from)
      if (known !== undefined) return [known]
      const entries = await walk.entries(from, to)
      // It was another file a moment ago.
      if (entries.some((bytes, nth) => !tree.holds(from + nth, bytes))) throw new LibralError('bundle.changed')
      return entries
    },
    bytesIn: async () => kept.bytes,
    frontier: async (size) => tree.proof(frontierSpans(size)),
    inclusion: async (index, size) => tree.proof(inclusionSpans(index, size)),
    consistency: async (from, to) => tree.proof(consistencySpans(from, to)),
    async *speaking(types, from, to) {
      const before = kept.context.flatMap(({ index, bytes }) => speakingOf(types, index, [bytes]))
      const here = kept.speaking.filter((it) => it.types === types)
      const all = [...before.map(({ index, bytes }) => ({ index, bytes: bytes.byteLength })), ...here]
      for (const { index, bytes } of all.sort((one, other) => one.index - other.index))
        if (index >= from && index < to) yield { index, bytes }
    },
    async *evidence(from, to) {
      for (const piece of kept.evidence) if (piece.index >= from && piece.index < to) yield piece
    },
    evidenceBytes: (digest) => walk.evidence(digest),
  }
}

/** Reads a bundle again from where it is, and from the beginning for what lies before that. */
class Walk {
  readonly #open: () => BundleBytes
  #parts: AsyncGenerator<{ readonly part: BundlePart }> | null = null
  #frame: (BundlePart & { kind: 'entries' }) | null = null
  /** Read too far while evidence was looked for. */
  #held: BundlePart | null = null

  constructor(open: () => BundleBytes) {
    this.#open = open
  }

  async entries(from: number, to: number): Promise<readonly Uint8Array[]> {
    if (this.#frame !== null && from < this.#frame.from) await this.close()
    for (;;) {
      const frame = this.#frame
      if (frame !== null && from < frame.from + frame.entries.length)
        return from < frame.from ? [] : frame.entries.slice(from - frame.from, to - frame.from)
      const part = await this.#next()
      if (part === null) return []
      if (part.kind === 'entries') this.#frame = part
    }
  }

  /** Of the frame before: it comes in the order in which it is asked for. */
  async evidence(digest: string): Promise<Uint8Array> {
    for (let part = await this.#next(); part !== null; part = await this.#next()) {
      if (part.kind !== 'evidence') {
        this.#held = part
        break
      }
      if (toBase64url(sha256(part.bytes)) === digest) return part.bytes
    }
    throw new LibralError('bundle.changed')
  }

  async #next(): Promise<BundlePart | null> {
    const held = this.#held
    this.#held = null
    if (held !== null) return held
    this.#parts ??= readBundle(this.#open())
    const { value, done } = await this.#parts.next()
    return done ? null : (value as { part: BundlePart }).part
  }

  async close(): Promise<void> {
    await this.#parts?.return(undefined)
    this.#parts = null
    this.#frame = null
    this.#held = null
  }
}
