import type { FileHandle } from 'node:fs/promises'
import type { Sink } from './decrypt.ts'

const batch = 1024 * 1024

/**
 * Writes behind the caller: one batch is on its way to the disk while the next is being made, so that neither waits for
 * the other. At most two batches and a piece are held. Failures show at a later `write` or at the `end`.
 */
export class FileWriter implements Sink {
  readonly #file: FileHandle
  #held: Uint8Array[] = []
  #length = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(file: FileHandle) {
    this.#file = file
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#held.push(bytes)
    this.#length += bytes.byteLength
    if (this.#length >= batch) await this.#flush()
  }

  /** Returns when everything is with the system. */
  async end(): Promise<void> {
    await this.#flush()
    await this.#writing
  }

  async #flush(): Promise<void> {
    await this.#writing
    this.#writing = writeAll(this.#file, this.#held)
    // It is awaited at the next flush; meanwhile a failure must not end the process.
    this.#writing.catch(() => {})
    this.#held = []
    this.#length = 0
  }
}

async function writeAll(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  for (let left = pieces; left.length > 0; ) {
    const { bytesWritten } = await file.writev([...left])
    left = after(left, bytesWritten)
  }
}

/** What is left after so many bytes: a full disk or a pipe may take less than all. */
function after(pieces: readonly Uint8Array[], taken: number): readonly Uint8Array[] {
  let skip = taken
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(skip, piece.byteLength))
    skip -= piece.byteLength - rest.byteLength
    return rest.byteLength === 0 ? [] : [rest]
  })
}
