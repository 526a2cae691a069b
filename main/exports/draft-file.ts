import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { LibralError } from '#protocol/errors.ts'

/** A file being written beside its place; it takes its name when it is whole. */
export interface DraftFile {
  /** Throws `storage.full` or `export.write-failed`. */
  write(data: string | Uint8Array): Promise<void>
  /** Puts the file in its place, on disk. */
  finish(): Promise<void>
  /** Removes the draft; after {@link finish} it does nothing. */
  discard(): Promise<void>
}

/** @param file where it shall stand at the end; what stood there before is replaced only then */
export async function beginDraft(file: string): Promise<DraftFile> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`
  const handle = await attempt(open(draft, 'wx', 0o600))
  let ended = false
  return {
    write: (data) => attempt(writeAll(handle, data)),
    async finish() {
      await attempt(handle.sync())
      await handle.close()
      ended = true
      await attempt(rename(draft, file)).catch(async (error) => {
        await rm(draft, { force: true })
        throw error
      })
    },
    async discard() {
      if (ended) return
      ended = true
      await handle.close().catch(() => {})
      await rm(draft, { force: true })
    },
  }
}

/** `FileHandle.writeFile` begins at the present position, so that calls append. */
const writeAll = (handle: FileHandle, data: string | Uint8Array): Promise<void> => handle.writeFile(data)

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

async function attempt<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw fullCodes.has(code)
      ? new LibralError('storage.full')
      : new LibralError('export.write-failed', { reason: code })
  }
}
