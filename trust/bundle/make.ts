import type { BundleKind, Manifest } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { type DeploymentId, deploymentIdSchema, type Instant } from '#protocol/ids.ts'
import { toBase64url, utf8 } from '../bytes.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { parseNote } from '../tlog/note.ts'
import { type BundlePart, digestBytes, frameLimits, headBytes, magic } from './format.ts'
import { payloadOf } from './frames.ts'
import { speakingBefore, speakingBehind } from './speaking.ts'
import { framed } from './writer.ts'

/** A log as whoever makes a bundle of it reads it. Ranges are [from, to). */
export interface LogToBundle {
  /** The head as the log signed it, with what witnesses signed under it; the bundle is proved against it. */
  head(): Promise<string>
  /** Notes of checkpoints before the head's that witnesses signed, and the keys of witnesses. */
  readonly cosigned: { readonly notes: readonly string[]; readonly witnesses: readonly string[] }
  /** At most so many of them as come in one go; at least one. */
  entries(from: number, to: number): Promise<readonly Uint8Array[]>
  /** Bytes of these entries. */
  bytesIn(from: number, to: number): Promise<number>
  /** Complete subtrees before a size, largest first. */
  frontier(size: number): Promise<readonly Uint8Array[]>
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>
  consistency(from: number, to: number): Promise<readonly Uint8Array[]>
  /** Entries in [from, to) that hold events of these types, rising, with their sizes: see speaking.ts. */
  speaking(types: ReadonlySet<string>, from: number, to: number): AsyncIterable<SizedEntry>
  /** Evidence that entries in [from, to) name and that is kept, by entry; always the same for the same range. */
  evidence(from: number, to: number): AsyncIterable<SizedEvidence>
  /** By SHA-256 in base64url. */
  evidenceBytes(digest: string): Promise<Uint8Array>
}
export interface SizedEntry {
  readonly index: number
  readonly bytes: number
}

export interface SizedEvidence extends SizedEntry {
  /** SHA-256, base64url. */
  readonly digest: string
}

export interface BundleOrder {
  readonly kind: BundleKind
  readonly from: number
  /** null: up to the head. */
  readonly to: number | null
  readonly at: Instant
  readonly by: string | null
}

/** A bundle that is about to be written: its size is known. */
export interface BundlePlan {
  readonly manifest: Manifest
  /** Entries in the head that it is proved against. */
  readonly size: number
  /** Bytes of the file, before any encryption: exact but for how entries fall into frames. */
  readonly bytes: number
  readonly checkpoints: readonly (BundlePart & { kind: 'checkpoint' })[]
  readonly context: readonly number[]
}

/**
 * Reads what a bundle of this range needs, and how large it will be.
 * @throws LibralError `log.out-of-range`, and what the log throws
 */
export const planBundle = async (log: LogToBundle, order: BundleOrder): Promise<BundlePlan> => {
  const note = await log.head()
  const head = parseCheckpoint(parseNote(utf8(note)))
  const { from } = order
  const to = order.to ?? head.size
  if (from < 0 || from >= to || to > head.size)
    throw new LibralError('log.out-of-range', { index: to, size: head.size })
  const checkpoints = await Promise.all(
    [note, ...log.cosigned.notes.filter((one) => one !== note)]
      .slice(0, mostCheckpoints)
      .map((one) => carriedBy(log, one, from, to)),
  )
  const context: number[] = []
  let contextBytes = 0
  for await (const { index, bytes } of outside(log, from, to, head.size)) {
    context.push(index)
    contextBytes += bytes
  }
  const entryBytes = await log.bytesIn(from, to)
  let evidence = 0
  let evidenceBytes = 0
  for await (const piece of log.evidence(from, to)) {
    evidence++
    evidenceBytes += frameBytes + 8 + piece.bytes
  }
  const manifest: Manifest = {
    v: 1,
    kind: order.kind,
    origin: originOf(head.origin),
    from,
    to,
    frontier: (await log.frontier(from)).map(toBase64url),
    checkpoints: checkpoints.length,
    context: context.length,
    evidence,
    entryBytes,
    witnesses: [...log.cosigned.witnesses],
    at: order.at,
    by: order.by,
  }
  const fixed = [{ kind: 'manifest', manifest } as const, ...checkpoints].reduce(
    (sum, part) => sum + frameBytes + payloadOf(part).byteLength,
    magic.byteLength + frameBytes,
  )
  const count = to - from
  const frames = Math.ceil(Math.max(count / frameLimits.entries, entryBytes / frameLimits.writtenBytes))
  const proofBytes = digestBytes * Math.ceil(Math.log2(head.size + 1))
  const bytes =
    fixed +
    contextBytes +
    context.length * (frameBytes + 9 + proofBytes) +
    entryBytes +
    2 * count +
    frames * (frameBytes + 10) +
    evidenceBytes
  return { manifest, size: head.size, bytes, checkpoints, context }
}

const mostCheckpoints = 64
const frameBytes = headBytes + digestBytes

const originOf = (origin: string): DeploymentId => deploymentIdSchema.parse(origin)

const carriedBy = async (
  log: LogToBundle,
  note: string,
  from: number,
  to: number,
): Promise<BundlePart & { kind: 'checkpoint' }> => {
  const { size } = parseCheckpoint(parseNote(utf8(note)))
  if (size > to) return { kind: 'checkpoint', note, proof: await log.consistency(to, size) }
  return { kind: 'checkpoint', note, proof: size < from ? await log.consistency(size, to) : [] }
}

/** What a reader needs that stands outside the range: entry 0, and what speaks of keys before and behind. */
async function* outside(log: LogToBundle, from: number, to: number, size: number): AsyncGenerator<SizedEntry> {
  if (from > 0) {
    const [first] = await log.entries(0, 1)
    yield { index: 0, bytes: first?.byteLength ?? 0 }
    yield* log.speaking(speakingBefore, 1, from)
  }
  yield* log.speaking(speakingBehind, to, size)
}

/** The parts of a planned bundle, for the writer: in bounded memory, however many entries. */
export async function* bundleParts(
  log: LogToBundle,
  { manifest, size, checkpoints, context }: BundlePlan,
  progress: (done: number) => void = () => {},
): AsyncGenerator<BundlePart, void, undefined> {
  yield { kind: 'manifest', manifest }
  yield* checkpoints
  for (const index of context) {
    const [path, [bytes]] = await Promise.all([log.inclusion(index, size), log.entries(index, index + 1)])
    if (bytes === undefined) throw new LibralError('log.broken', { index })
    yield { kind: 'context', index, path, bytes }
  }
  for (let at = manifest.from; at < manifest.to; ) {
    const entries = await log.entries(at, Math.min(manifest.to, at + frameLimits.entries))
    if (entries.length === 0) throw new LibralError('log.broken', { index: at })
    for (const frame of framed(at, entries)) {
      yield frame
      // Right behind its entries, where a reader still has them.
      if (manifest.evidence > 0) yield* evidenceOf(log, frame.from, frame.from + frame.entries.length)
    }
    at += entries.length
    progress(at - manifest.from)
  }
}

async function* evidenceOf(log: LogToBundle, from: number, to: number): AsyncGenerator<BundlePart, void, undefined> {
  for await (const { index, digest } of log.evidence(from, to))
    yield { kind: 'evidence', index, bytes: await log.evidenceBytes(digest) }
}
