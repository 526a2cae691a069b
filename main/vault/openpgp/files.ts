import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import type { Bytes } from './byte-reader.ts'
import type { Sink, Source } from './decrypt.ts'

/** Files as sources and targets of the vault's operations: read in pieces, written beside and renamed when whole. */

export interface Watch {
  /** Bytes read so far, and of how many; called at most once per piece. */
  readonly onProgress?: (done: number, total: number | null) => void
  readonly signal?: AbortSignal
}

const piece = 1024 * 1024

const cancelled = (): LibralError => new LibralError('openpgp.cancelled')

/** @throws LibralError `openpgp.read-failed` */
export async function fileSource(path: string, watch: Watch = {}): Promise<Source> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new LibralError('openpgp.read-failed', {}, { cause })
  })
  const size = info.isFile() ? info.size : null
  return { size, open: () => watched(() => createReadStream(path, { highWaterMark: piece }), size, watch) }
}

/** A source that reports how far it is read and ends with `openpgp.cancelled` when it shall stop. */
async function* watched(
  start: () => AsyncIterable<unknown>,
  size: number | null,
  { onProgress, signal }: Watch,
): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0
  try {
    for await (const part of start()) {
      if (signal?.aborted) throw cancelled()
      const bytes = part as Uint8Array
      yield bytes
      done += bytes.byteLength
      onProgress?.(done, size)
    }
  } catch (thrown) {
    if (thrown instanceof LibralError) throw thrown
    throw new LibralError('openpgp.read-failed', {}, { cause: thrown })
  }
}

/**
 * Makes a file through a temporary one beside it, which gets the name only when `fill` has returned: what fails or is
 * cancelled leaves nothing behind. Readable by this user alone.
 * @throws LibralError `openpgp.target-exists`, `openpgp.write-failed`, and what `fill` throws
 */
export async function makeFile<Result>(path: string, fill: (sink: Sink) => Promise<Result>): Promise<Result> {
  await refuseExisting(path)
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`)
  const file = await open(temporary, 'wx', 0o600).catch(writeFailed)
  try {
    const result = await fill({ write: (bytes) => writeAll(file, bytes) })
    await file.sync().catch(writeFailed)
    await file.close()
    await refuseExisting(path)
    await rename(temporary, path).catch(writeFailed)
    return result
  } catch (thrown) {
    await file.close().catch(() => {})
    await rm(temporary, { force: true })
    throw thrown
  }
}

/** Puts everything that comes into the file. */
export const writeFileFrom = (path: string, bytes: Bytes): Promise<void> =>
  makeFile(path, async (sink) => {
    for await (const part of bytes) await sink.write(part)
  })

async function refuseExisting(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists) throw new LibralError('openpgp.target-exists')
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, at).catch(writeFailed)
    at += bytesWritten
  }
}

function writeFailed(cause: unknown): never {
  throw new LibralError('openpgp.write-failed', {}, { cause })
}
