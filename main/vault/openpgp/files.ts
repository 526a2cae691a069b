import { randomUUID } from 'node:crypto'
import { access, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import type { Bytes } from './byte-reader.ts'
import type { Sink, Source } from './decrypt.ts'
import { FileBytes, type Watch } from './file-bytes.ts'
import { FileWriter } from './file-writer.ts'

export type { Watch } from './file-bytes.ts'

/** Files as sources and targets of the vault's operations: read in pieces, written beside and renamed when whole. */

export interface FileSource extends Source {
  /** Closes whatever is still being read: a message that is refused is not read to its end. */
  close(): void
}

/** @throws LibralError `openpgp.read-failed` */
export async function fileSource(path: string, watch: Watch = {}): Promise<FileSource> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new LibralError('openpgp.read-failed', {}, { cause })
  })
  if (info.isDirectory()) throw new LibralError('openpgp.read-failed', { reason: 'folder' })
  const size = info.isFile() ? info.size : null
  const opened = new Set<FileBytes>()
  return {
    size,
    open() {
      const bytes = new FileBytes(path, size, watch)
      opened.add(bytes)
      return bytes
    },
    close() {
      for (const it of opened) void it.return()
      opened.clear()
    },
  }
}

export interface Making {
  /** Takes the place of what has the name; without it that is refused. */
  readonly replace?: boolean
  /** Notes the temporary file before it is made, so that it can be removed if this process is killed. */
  readonly note?: (temporary: string) => Promise<() => Promise<void>>
}

/**
 * Makes a file through a temporary one beside it, which gets the name only when `fill` has returned: what fails or is
 * cancelled leaves nothing behind. Readable by this user alone.
 * @throws LibralError `openpgp.target-exists`, `openpgp.write-failed`, `storage.full`, and what `fill` throws
 */
export async function makeFile<Result>(
  path: string,
  fill: (sink: Sink) => Promise<Result>,
  { replace = false, note = async () => async () => {} }: Making = {},
): Promise<Result> {
  if (!replace) await refuseExisting(path)
  const temporary = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomUUID()}.part`)
  const forget = await note(temporary)
  try {
    return await throughTemporary(temporary, path, fill, replace)
  } finally {
    await forget()
  }
}

async function throughTemporary<Result>(
  temporary: string,
  path: string,
  fill: (sink: Sink) => Promise<Result>,
  replace: boolean,
): Promise<Result> {
  const file = await open(temporary, 'wx', 0o600).catch(writeFailed)
  try {
    const writer = new FileWriter(file)
    const result = await fill({ write: (bytes) => writer.write(bytes).catch(writeFailed) })
    await writer.end().catch(writeFailed)
    await file.sync().catch(writeFailed)
    await file.close()
    if (!replace) await refuseExisting(path)
    await rename(temporary, path).catch(writeFailed)
    return result
  } catch (thrown) {
    await file.close().catch(() => {})
    await rm(temporary, { force: true })
    throw thrown
  }
}

/** Puts everything that comes into the file. */
export const writeFileFrom = (path: string, bytes: Bytes, making?: Making): Promise<void> =>
  makeFile(
    path,
    async (sink) => {
      for await (const part of bytes) await sink.write(part)
    },
    making,
  )

async function refuseExisting(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists) throw new LibralError('openpgp.target-exists')
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

function writeFailed(cause: unknown): never {
  if (fullCodes.has((cause as NodeJS.ErrnoException).code ?? '')) throw new LibralError('storage.full', {}, { cause })
  throw new LibralError('openpgp.write-failed', {}, { cause })
}
