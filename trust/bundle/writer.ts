import { type BundlePart, firstDigest, frameKinds, frameLimits, headBytes, magic, nextDigest } from './format.ts'
import { payloadOf } from './frames.ts'

/**
 * The bytes of a bundle, one piece a frame. The parts come as the format wants them, `end` not among them; who makes them
 * answers for what they say.
 */
export async function* writeBundle(
  parts: AsyncIterable<BundlePart> | Iterable<BundlePart>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield magic
  let digest = firstDigest
  const frame = (part: BundlePart): Uint8Array => {
    const payload = payloadOf(part)
    const head = Buffer.alloc(headBytes)
    head[0] = frameKinds[part.kind]
    head.writeUInt32BE(payload.byteLength, 1)
    digest = nextDigest(digest, head, payload)
    return new Uint8Array(Buffer.concat([head, payload, digest]))
  }
  for await (const part of parts) yield frame(part)
  yield frame({ kind: 'end' })
}

/** Entries in frames that stay within what a reader takes. */
export function* framed(from: number, entries: readonly Uint8Array[]): Generator<BundlePart & { kind: 'entries' }> {
  let first = 0
  let bytes = 0
  for (const [at, entry] of entries.entries()) {
    const full = bytes + entry.byteLength > frameLimits.writtenBytes || at - first === frameLimits.entries
    if (full) {
      yield { kind: 'entries', from: from + first, entries: entries.slice(first, at) }
      first = at
      bytes = 0
    }
    bytes += entry.byteLength
  }
  if (first < entries.length) yield { kind: 'entries', from: from + first, entries: entries.slice(first) }
}
