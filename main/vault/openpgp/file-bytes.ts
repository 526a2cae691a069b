import { type FileHandle, open } from 'node:fs/promises'
import { LibralError } from '#protocol/errors.ts'
import type { Filling } from './byte-reader.ts'

export interface Watch {
  /** Bytes read so far, and of how many; called at most once per piece. */
  readonly onProgress?: (done: number, total: number | null) => void
  readonly signal?: AbortSignal
}

const largest = 1024 * 1024
const smallest = 4096

/**
 * A file's bytes, in order: while one part is used, the next is read into a second buffer. Asking for memory costs
 * Electron as much as enciphering what comes into it, so {@link into} is the way for much, iterating the one for ease.
 */
export class FileBytes implements AsyncIterableIterator<Uint8Array>, Filling {
  readonly #path: string
  readonly #size: number | null
  readonly #watch: Watch
  #file: Promise<FileHandle> | null = null
  #closing: Promise<void> | undefined
  readonly #buffers: [Uint8Array | null, Uint8Array | null] = [null, null]
  #turn: 0 | 1 = 0
  #reading: Promise<Uint8Array> | null = null
  #held: Uint8Array = new Uint8Array(0)
  #done = 0
  #closed = false
  #ended = false

  constructor(path: string, size: number | null, watch: Watch) {
    this.#path = path
    this.#size = size
    this.#watch = watch
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws LibralError `openpgp.read-failed`, `openpgp.cancelled` */
  async next(): Promise<IteratorResult<Uint8Array>> {
    const more = this.#held.byteLength > 0 || (await this.#advance())
    if (!more) return { done: true, value: undefined }
    const value = this.#held.slice()
    this.#held = new Uint8Array(0)
    return { done: false, value }
  }

  /** @throws LibralError `openpgp.read-failed`, `openpgp.cancelled` */
  async into(target: Uint8Array): Promise<number> {
    if (this.#held.byteLength === 0 && !(await this.#advance())) return 0
    const part = this.#held.subarray(0, target.byteLength)
    target.set(part)
    this.#held = this.#held.subarray(part.byteLength)
    return part.byteLength
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#closed = true
    this.#closing ??= this.#file?.then(
      (it) => it.close(),
      () => {},
    )
    await this.#closing
    return { done: true, value: undefined }
  }

  async #advance(): Promise<boolean> {
    if (this.#ended) {
      await this.#closing
      return false
    }
    // Closed half way by somebody else: to go on would make a shorter file of it.
    if (this.#closed) throw new LibralError('openpgp.cancelled')
    try {
      if (this.#watch.signal?.aborted) throw new LibralError('openpgp.cancelled')
      this.#held = await (this.#reading ?? this.#read())
      this.#done += this.#held.byteLength
      this.#ended = this.#wasLast()
      if (this.#ended) this.return().catch(() => {})
      else this.#reading = this.#ahead()
    } catch (cause) {
      await this.return()
      throw cause instanceof LibralError ? cause : new LibralError('openpgp.read-failed', {}, { cause })
    }
    if (this.#held.byteLength > 0) this.#watch.onProgress?.(this.#done, this.#size)
    else await this.#closing
    return this.#held.byteLength > 0
  }

  /** A read that fills less than it could where the file is known to end need not be followed by one of nothing. */
  #wasLast(): boolean {
    const length = this.#held.byteLength
    return length === 0 || (this.#done === this.#size && length < this.#piece())
  }

  #ahead(): Promise<Uint8Array> {
    const reading = this.#read()
    // It is awaited when it is needed; meanwhile a failure must not end the process.
    reading.catch(() => {})
    return reading
  }

  async #read(): Promise<Uint8Array> {
    this.#file ??= open(this.#path, 'r')
    const file = await this.#file
    this.#turn = this.#turn === 0 ? 1 : 0
    this.#buffers[this.#turn] ??= new Uint8Array(this.#piece())
    const buffer = this.#buffers[this.#turn] as Uint8Array
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, null)
    return buffer.subarray(0, bytesRead)
  }

  #piece(): number {
    return this.#size === null ? largest : Math.max(smallest, Math.min(largest, this.#size + 1))
  }
}
