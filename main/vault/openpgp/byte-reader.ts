import { LibralError } from '#protocol/errors.ts'

/**
 * Anything that comes in pieces: a file, a socket, a value in memory. A piece belongs to whoever took it: who made it
 * never writes to it again.
 */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Reads pieces of any size by the byte; holds at most one piece and what was asked for. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #held: Uint8Array = new Uint8Array(0)
  #ended = false

  constructor(source: Bytes) {
    this.#source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** @returns up to `most` bytes, at least one; null at the end */
  async some(most: number): Promise<Uint8Array | null> {
    while (this.#held.byteLength === 0) if (!(await this.#more())) return null
    const piece = this.#held.subarray(0, most)
    this.#held = this.#held.subarray(piece.byteLength)
    return piece
  }

  /** @throws LibralError `openpgp.truncated` where fewer are left */
  async exactly(length: number): Promise<Uint8Array> {
    const bytes = await this.upTo(length)
    if (bytes.byteLength < length) throw new LibralError('openpgp.truncated')
    return bytes
  }

  /** @returns `length` bytes, fewer only at the end */
  async upTo(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, await this.into(bytes))
  }

  /** Fills the caller's own buffer. @returns how many bytes came, fewer than it holds only at the end */
  async into(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.byteLength) {
      const part = await this.some(target.byteLength - filled)
      if (part === null) break
      target.set(part, filled)
      filled += part.byteLength
    }
    return filled
  }

  async byte(): Promise<number> {
    return (await this.exactly(1))[0] as number
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    while (this.#held.byteLength === 0) if (!(await this.#more())) return true
    return false
  }

  /** @returns the next `length` bytes, fewer at the end, without taking them */
  async peek(length: number): Promise<Uint8Array> {
    const bytes = await this.upTo(length)
    this.#held = this.#held.byteLength === 0 ? bytes : Buffer.concat([bytes, this.#held])
    return bytes
  }

  /** All that is left, in pieces of up to `most` bytes. */
  async *rest(most = 256 * 1024): AsyncGenerator<Uint8Array, void, undefined> {
    for (let part = await this.some(most); part !== null; part = await this.some(most)) yield part
  }

  /** Lets the source close what it holds. */
  async close(): Promise<void> {
    this.#ended = true
    await this.#source.return?.()
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false
    const next = await this.#source.next()
    if (next.done) this.#ended = true
    else this.#held = next.value
    return !this.#ended
  }
}

/**
 * What `use` makes of the same bytes cut to exactly `size`, the last piece shorter. One buffer serves for all pieces:
 * it holds one only while `use` runs, which therefore can't wait.
 */
export async function* eachPiece<Made>(
  source: Bytes,
  size: number,
  use: (piece: Uint8Array) => Made,
): AsyncGenerator<Made, void, undefined> {
  const piece = Buffer.allocUnsafeSlow(size)
  let filled = 0
  for await (const bytes of source) {
    for (let at = 0; at < bytes.byteLength; ) {
      const taken = Math.min(size - filled, bytes.byteLength - at)
      piece.set(bytes.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < size) continue
      filled = 0
      yield use(piece)
    }
  }
  if (filled > 0) yield use(piece.subarray(0, filled))
}

/** @throws LibralError `openpgp.too-large` above `limit` bytes */
export async function collect(source: Bytes, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of source) {
    total += part.byteLength
    if (total > limit) throw new LibralError('openpgp.too-large', { limit })
    parts.push(part)
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
}
