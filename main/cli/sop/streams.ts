import { randomUUID } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bytes } from '../../vault/openpgp/byte-reader.ts'
import type { Source } from '../../vault/openpgp/decrypt.ts'
import { SopError } from './failure.ts'

const piece = 256 * 1024

/** Where a subcommand reads and writes: the standard streams, or a test's. */
export interface SopStreams {
  /** Once. */
  readonly input: AsyncIterable<Uint8Array>
  /** Resolves when the bytes have left: sources overwrite what they gave. */
  send(bytes: Uint8Array): Promise<void>
}

export const standardStreams: SopStreams = {
  get input() {
    return process.stdin
  },
  send: (bytes) =>
    new Promise((resolve, reject) => process.stdout.write(bytes, (failure) => (failure ? reject(failure) : resolve()))),
}

export async function sendAll(bytes: Bytes, { send }: SopStreams): Promise<void> {
  for await (const part of bytes) await send(part)
}

/**
 * Input that can be read again: the first reading keeps a copy in a temporary file without a name. It holds
 * what came in (ciphertext, where that is what came), never what is made of it.
 */
export class Replayed implements Source {
  readonly size = null
  readonly #source: AsyncIterator<Uint8Array>
  #file: Promise<{ readonly handle: FileHandle; readonly path: string | null }> | null = null
  #written = 0
  #ended = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async *open(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#file ??= unnamedFile()
    const { handle } = await this.#file
    let at = 0
    for (;;) {
      if (at < this.#written) {
        const buffer = Buffer.allocUnsafe(Math.min(piece, this.#written - at))
        const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, at)
        if (bytesRead === 0) throw new SopError('UNSPECIFIED_FAILURE', 'tmp')
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
        continue
      }
      const next = this.#ended ? null : await this.#source.next()
      if (next === null || next.done) {
        this.#ended = true
        return
      }
      await writeAt(handle, next.value, this.#written)
      this.#written += next.value.byteLength
      at = this.#written
      yield next.value
    }
  }

  async close(): Promise<void> {
    if (this.#file === null) return
    const { handle, path } = await this.#file
    await handle.close()
    if (path !== null) await rm(path, { force: true })
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength; )
    at += (await handle.write(bytes, at, bytes.byteLength - at, position + at)).bytesWritten
}

/** Its name is gone at once, so that nothing stays behind whatever ends this process; Windows keeps it until the end. */
async function unnamedFile() {
  const path = join(tmpdir(), `libral-${randomUUID()}`)
  const handle = await open(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    return { handle, path: null }
  } catch {
    return { handle, path }
  }
}

/** Passes text on. @throws SopError EXPECTED_TEXT at the first byte that is no UTF-8 */
export async function* asText(source: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const check = (bytes?: Uint8Array): void => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (cause) {
      throw new SopError('EXPECTED_TEXT', 'UTF-8 の文ではありません', { cause })
    }
  }
  for await (const part of source) {
    check(part)
    yield part
  }
  check()
}
