import { LibralError } from '#protocol/errors.ts'

/**
 * Anything that comes in pieces: a file, a socket, a value in memory. A piece belongs to whoever took it: who made it
 * never writes to it again. What can also fill the taker's own memory ({@link Filling}) does it without making any.
 */
export type Bytes = (AsyncIterable<Uint8Array> | Iterable<Uint8Array>) & Partial<Filling>

export interface Filling {
  /** @returns how many bytes came, at least one; 0 at the end */
  into(target: Uint8Array): Promise<number>
}

/** What is asked for less is read through a buffer of as much. */
const small = 4 * 1024
const large = 256 * 1024

/** Reads pieces of any size by the byte; holds at most one piece and what was asked for. */
export class ByteReader implements Filling {
  readonly #source: Bytes
  #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | null = null
  /** Of a source that fills: reused, so views of it never leave. */
  #buffer: Uint8Array | null = null
  #held: Uint8Array = new Uint8Array(0)
  #ended = false

  constructor(source: Bytes) {
    this.#source = source
  }

  /** Whether its source fills memory rather than handing out pieces. */
  get fills(): boolean {
    return this.#source.into !== undefined
  }

  /** @returns up to `most` bytes, at least one; null at the end */
  async some(most: number): Promise<Uint8Array | null> {
    if (this.#held.byteLength === 0 && !(await this.#more())) return null
    const view = this.#held.subarray(0, most)
    const piece = this.fills ? Uint8Array.from(view) : view
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
    return bytes.subarray(0, await this.fill(bytes))
  }

  /** Fills the caller's own memory. @returns fewer bytes than it holds only at the end */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.byteLength) {
      const came = await this.into(target.subarray(filled))
      if (came === 0) break
      filled += came
    }
    return filled
  }

  async into(target: Uint8Array): Promise<number> {
    const direct = this.#source.into
    if (this.#held.byteLength === 0 && direct !== undefined && !this.#ended && target.byteLength >= small)
      return direct.call(this.#source, target)
    if (this.#held.byteLength === 0 && !(await this.#more())) return 0
    const part = this.#held.subarray(0, target.byteLength)
    target.set(part)
    this.#held = this.#held.subarray(part.byteLength)
    return part.byteLength
  }

  async byte(): Promise<number> {
    if (this.#held.byteLength === 0 && !(await this.#more())) throw new LibralError('openpgp.truncated')
    const [first = 0] = this.#held
    this.#held = this.#held.subarray(1)
    return first
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    return this.#held.byteLength === 0 && !(await this.#more())
  }

  /** @returns the next `length` bytes, fewer at the end, without taking them */
  async peek(length: number): Promise<Uint8Array> {
    const bytes = await this.upTo(length)
    this.#held = this.#held.byteLength === 0 ? bytes : Buffer.concat([bytes, this.#held])
    return Uint8Array.from(bytes)
  }

  /** All that is left, in pieces of up to `most` bytes. */
  async *rest(most = large): AsyncGenerator<Uint8Array, void, undefined> {
    for (let part = await this.some(most); part !== null; part = await this.some(most)) yield part
  }

  /** Lets the source close what it holds. */
  async close(): Promise<void> {
    this.#ended = true
    await this.#iterator().return?.()
  }

  /** Only where nothing is held. */
  async #more(): Promise<boolean> {
    while (!this.#ended && this.#held.byteLength === 0) await this.#next()
    return this.#held.byteLength > 0
  }

  async #next(): Promise<void> {
    if (this.#source.into !== undefined) {
      this.#buffer ??= new Uint8Array(small)
      this.#held = this.#buffer.subarray(0, await this.#source.into(this.#buffer))
      this.#ended = this.#held.byteLength === 0
      return
    }
    const next = await this.#iterator().next()
    if (next.done) this.#ended = true
    else this.#held = next.value
  }

  #iterator(): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
    const source = this.#source
    this.#pieces ??= Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    return this.#pieces
  }
}

/** Memory for one piece after another of `size` bytes; a short document takes no more of it than it needs. */
export class PieceMemory {
  readonly #size: number
  #bytes: Buffer
  #length = 0

  constructor(size: number) {
    this.#size = size
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(size, 2 * small))
  }

  /**
   * @param from what was returned last is kept from here on, and stands first
   * @returns fewer than `size` bytes only at the end; good until the next call
   */
  async fill(reader: ByteReader, from = this.#length): Promise<Uint8Array> {
    this.#bytes.copyWithin(0, from, this.#length)
    this.#length -= from
    for (;;) {
      this.#length += await reader.fill(this.#bytes.subarray(this.#length))
      if (this.#length < this.#bytes.byteLength || this.#length === this.#size) break
      this.#bytes = Buffer.concat([this.#bytes], this.#size)
    }
    return this.#bytes.subarray(0, this.#length)
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
  const reader = new ByteReader(source)
  const memory = new PieceMemory(size)
  try {
    for (let piece = await memory.fill(reader); piece.byteLength > 0; piece = await memory.fill(reader))
      yield use(piece)
  } finally {
    await reader.close()
  }
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
