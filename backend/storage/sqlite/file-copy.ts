import { access, type FileHandle, open } from 'node:fs/promises'
import { LibralError } from '#protocol/errors.ts'

/**
 * Makes the file of a database that must not be there yet. What an earlier one of that name left behind counts as well:
 * SQLite would play its log into the new file.
 * @throws LibralError `backup.target-exists`
 */
export const createDatabaseFile = async (target: string): Promise<FileHandle> => {
  for (const beside of ['-wal', '-journal']) {
    if (await exists(`${target}${beside}`)) throw new LibralError('backup.target-exists')
  }
  try {
    return await open(target, 'wx', 0o600)
  } catch (thrown) {
    throw hasCode(thrown, 'EEXIST') ? new LibralError('backup.target-exists') : thrown
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

const chunkBytes = 1024 * 1024

/** Copies the first `bytes` bytes and waits for the disk. @throws LibralError `storage.full`, `storage.unreadable` */
export const copyBytes = async (from: FileHandle, to: FileHandle, bytes: number): Promise<void> => {
  const chunk = Buffer.alloc(Math.min(chunkBytes, bytes))
  try {
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, bytes - at), at)
      if (bytesRead === 0) throw new LibralError('storage.unreadable', { reason: 'shorter than its header says' })
      for (let done = 0; done < bytesRead; ) {
        done += (await to.write(chunk, done, bytesRead - done, at + done)).bytesWritten
      }
      at += bytesRead
    }
    await to.sync()
  } catch (thrown) {
    const full = hasCode(thrown, 'ENOSPC') || hasCode(thrown, 'EDQUOT')
    throw full ? new LibralError('storage.full', {}, { cause: thrown }) : thrown
  }
}

export const hasCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code
