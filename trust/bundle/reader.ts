import type { Manifest } from '#protocol/bundle.ts'
import { maxEntryBytes } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import { equalBytes } from '../bytes.ts'
import { type BundlePart, digestBytes, firstDigest, headBytes, magic, nextDigest } from './format.ts'
import { kindOf, partOf } from './frames.ts'

/** A file, or bytes, from the beginning: in pieces of any size. */
export type BundleBytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A part with its place in the file. */
export interface ReadPart {
  readonly part: BundlePart
  /** Of the frame, with memory of its own: the part's bytes are views of it. */
  readonly payload: Uint8Array<ArrayBuffer>
  /** Where its frame begins, in bytes. */
  readonly offset: number
  /** Of the frame, which names everything up to here. The last one names the file. */
  readonly digest: Uint8Array
}

/**
 * Reads a bundle from its beginning, holding one frame at a time, and hands out nothing that was damaged, cut, moved or
 * put in since it was written. That is no proof of who wrote it: see verify.ts. Only when the part `end` has come is all
 * of it there.
 * @throws LibralError `bundle.not-a-bundle`, `bundle.encrypted`, `bundle.newer-version` {version}, and with the frame's
 *   place {at}: `bundle.truncated`, `bundle.damaged` (its digest is another), `bundle.malformed` (it is no frame of this
 *   version, or does not belong here)
 */
export async function* readBundle(source: BundleBytes): AsyncGenerator<ReadPart, void, undefined> {
  const bytes = new Pieces(source)
  try {
    await readMagic(bytes)
    const order = new Order()
    let digest = firstDigest
    for (let ended = false; !ended; ) {
      const offset = bytes.offset
      const malformed = (cause?: unknown) => new LibralError('bundle.malformed', { at: offset }, { cause })
      const head = await bytes.exactly(headBytes, offset)
      const length = Buffer.from(head).readUInt32BE(1)
      const kind = kindOf(head[0] ?? 0, length)
      if (kind === null) throw malformed()
      const payload = await bytes.exactly(length, offset)
      digest = nextDigest(digest, head, payload)
      if (!equalBytes(await bytes.exactly(digestBytes, offset), digest))
        throw new LibralError('bundle.damaged', { at: offset })
      const part = attempt(() => partOf(kind, payload), malformed)
      if (!order.takes(part)) throw malformed()
      ended = part.kind === 'end'
      if (ended && !(await bytes.atEnd())) throw new LibralError('bundle.malformed', { at: bytes.offset })
      yield { part, payload, offset, digest }
    }
  } finally {
    await bytes.close()
  }
}

const attempt = <T>(work: () => T, failed: (cause: unknown) => Error): T => {
  try {
    return work()
  } catch (cause) {
    throw failed(cause)
  }
}

const readMagic = async (bytes: Pieces): Promise<void> => {
  const start = await bytes.upTo(magic.byteLength)
  if (equalBytes(start, magic)) return
  const text = Buffer.from(start).toString('latin1')
  const version = /^libral-bundle v([1-9][0-9]{0,3})\n?/.exec(text)?.[1]
  if (version !== undefined && version !== '1')
    throw new LibralError('bundle.newer-version', { version: Number(version) })
  // A packet of RFC 9580 begins with bit 7, its armor with dashes.
  if ((start[0] ?? 0) >= 0x80 || text.startsWith('-----BEGIN PGP')) throw new LibralError('bundle.encrypted')
  throw new LibralError('bundle.not-a-bundle')
}

/** Which part may come where: the rules of docs/bundle.md that need more than one frame. */
class Order {
  #manifest: Manifest | null = null
  #checkpoints = 0
  #context = 0
  #evidence = 0
  #entryBytes = 0
  #next = 0
  /** Of the frame before, to which evidence belongs: [from, to). */
  #there: readonly [number, number] = [0, 0]
  #newest = -1

  takes(part: BundlePart): boolean {
    const manifest = this.#manifest
    if (part.kind === 'manifest') {
      if (manifest !== null || part.manifest.from >= part.manifest.to) return false
      this.#manifest = part.manifest
      this.#next = part.manifest.from
      return true
    }
    if (manifest === null) return false
    switch (part.kind) {
      case 'checkpoint':
        return this.#newest < 0 && this.#next === manifest.from && ++this.#checkpoints <= manifest.checkpoints
      case 'context':
        return this.#contextTakes(manifest, part.index, part.bytes.byteLength)
      case 'entries':
        return this.#entriesTake(manifest, part.from, part.entries)
      case 'evidence':
        return this.#there[0] <= part.index && part.index < this.#there[1] && ++this.#evidence <= manifest.evidence
      case 'end':
        return this.#isWhole(manifest)
    }
  }

  #contextTakes(manifest: Manifest, index: number, bytes: number): boolean {
    if (this.#checkpoints !== manifest.checkpoints || this.#next !== manifest.from) return false
    // Entry 0 is always there, so that a log's own name and keys are.
    if (index <= this.#newest || (manifest.from > 0 && this.#newest < 0 && index !== 0)) return false
    if (index >= manifest.from && index < manifest.to) return false
    this.#newest = index
    this.#there = [index, index + 1]
    return ++this.#context <= manifest.context && bytes <= maxEntryBytes
  }

  #entriesTake(manifest: Manifest, from: number, entries: readonly Uint8Array[]): boolean {
    if (this.#checkpoints !== manifest.checkpoints || this.#context !== manifest.context) return false
    if (from !== this.#next || (manifest.from > 0 && this.#newest < 0)) return false
    for (const { byteLength } of entries) {
      if (byteLength > maxEntryBytes) return false
      this.#entryBytes += byteLength
    }
    this.#next = from + entries.length
    this.#there = [from, this.#next]
    return this.#next <= manifest.to && this.#entryBytes <= manifest.entryBytes
  }

  #isWhole(manifest: Manifest): boolean {
    return (
      this.#next === manifest.to && this.#entryBytes === manifest.entryBytes && this.#evidence === manifest.evidence
    )
  }
}

/** Cuts pieces of any size into what is asked for. */
class Pieces {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #held: Uint8Array = new Uint8Array()
  #ended = false
  offset = 0

  constructor(source: BundleBytes) {
    this.#pieces = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** @throws LibralError `bundle.truncated` */
  async exactly(length: number, frame: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.upTo(length)
    if (bytes.byteLength < length) throw new LibralError('bundle.truncated', { at: frame })
    return bytes
  }

  /** A copy: fewer bytes only at the end. */
  async upTo(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length && (await this.#more())) {
      const part = this.#held.subarray(0, length - filled)
      bytes.set(part, filled)
      filled += part.byteLength
      this.#held = this.#held.subarray(part.byteLength)
    }
    this.offset += filled
    return bytes.subarray(0, filled)
  }

  async atEnd(): Promise<boolean> {
    return !(await this.#more())
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  async #more(): Promise<boolean> {
    while (!this.#ended && this.#held.byteLength === 0) {
      const next = await this.#pieces.next()
      if (next.done) this.#ended = true
      else this.#held = next.value
    }
    return this.#held.byteLength > 0
  }
}
