import { manifestSchema } from '#protocol/bundle.ts'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { equalBytes, utf8 } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { parseStrict } from '../strict-json.ts'
import { entriesIn, formatEntryBundle } from '../tlog/tile.ts'
import { type BundlePart, digestBytes, type FrameKind, frameKinds, frameLimits } from './format.ts'

/** Payloads of frames: what each kind holds, both ways. */

const index8 = (index: number): Uint8Array => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(index))
  return bytes
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** A number of hashes in one byte, then the hashes. */
const hashes = (list: readonly Uint8Array[]): Uint8Array => joined(Uint8Array.of(list.length), ...list)

export const payloadOf = (part: BundlePart): Uint8Array => {
  switch (part.kind) {
    case 'manifest':
      return canonicalBytes(part.manifest as unknown as Json)
    case 'checkpoint':
      return joined(hashes(part.proof), utf8(part.note))
    case 'context':
      return joined(index8(part.index), hashes(part.path), part.bytes)
    case 'entries':
      return joined(index8(part.from), count2(part.entries.length), formatEntryBundle(part.entries))
    case 'evidence':
      return joined(index8(part.index), part.bytes)
    case 'end':
      return new Uint8Array()
  }
}

const count2 = (count: number): Uint8Array => Uint8Array.of(count >> 8, count & 0xff)

const kindsByLetter: ReadonlyMap<number, FrameKind> = new Map(
  (Object.entries(frameKinds) as [FrameKind, number][]).map(([kind, letter]) => [letter, kind]),
)

const longest: Readonly<Record<FrameKind, number>> = {
  manifest: frameLimits.manifestBytes,
  checkpoint: frameLimits.checkpointBytes,
  context: frameLimits.checkpointBytes,
  entries: frameLimits.bytes,
  evidence: frameLimits.bytes,
  end: 0,
}

/** null: no such kind, or longer than it may be. Judged before anything of the payload is read. */
export const kindOf = (letter: number, length: number): FrameKind | null => {
  const kind = kindsByLetter.get(letter)
  return kind === undefined || length > longest[kind] ? null : kind
}

/** @throws whatever the payload is not; the reader says where */
export const partOf = (kind: FrameKind, payload: Uint8Array): BundlePart => {
  const taker = new Taker(payload)
  switch (kind) {
    case 'manifest': {
      const manifest = manifestSchema.parse(parseStrict(payload))
      // One reading and one spelling, as everything else in the file.
      if (!equalBytes(canonicalBytes(manifest as unknown as Json), payload)) throw new LibralError('input.invalid')
      return { kind, manifest }
    }
    case 'checkpoint':
      return { kind, proof: taker.hashes(), note: text.decode(taker.rest()) }
    case 'context':
      return { kind, index: taker.index(), path: taker.hashes(), bytes: taker.rest() }
    case 'entries': {
      const from = taker.index()
      const count = taker.byte() * 256 + taker.byte()
      if (count === 0 || count > frameLimits.entries) throw new LibralError('input.invalid')
      return { kind, from, entries: entriesIn(taker.rest(), count) }
    }
    case 'evidence':
      return { kind, index: taker.index(), bytes: taker.rest() }
    case 'end':
      return { kind }
  }
}

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Taker {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    if (taken.byteLength < length) throw new LibralError('input.invalid')
    this.#at += length
    return taken
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.byteLength - this.#at)
  }

  byte(): number {
    return this.take(1)[0] ?? 0
  }

  index(): number {
    const bytes = this.take(8)
    const index = Number(Buffer.from(bytes.buffer, bytes.byteOffset, 8).readBigUInt64BE())
    if (!Number.isSafeInteger(index)) throw new LibralError('input.invalid')
    return index
  }

  hashes(): Uint8Array[] {
    const count = this.byte()
    if (count > frameLimits.hashes) throw new LibralError('input.invalid')
    return Array.from({ length: count }, () => this.take(digestBytes))
  }
}
