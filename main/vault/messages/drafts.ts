import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'

/**
 * Notes of temporary files that are being written, one small file each beside the keyring: a process that is killed, as
 * lock does, removes nothing itself, and what it was writing may be half a secret.
 */
const noteSchema = z.strictObject({ pid: z.int().positive(), path: z.string() })
const folderIn = (directory: string): string => join(directory, 'drafts')

/** @returns what forgets the note again */
export async function noteDraft(directory: string, path: string): Promise<() => Promise<void>> {
  const folder = folderIn(directory)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const note = join(folder, `${randomUUID()}.json`)
  const file = await open(note, 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify({ pid: process.pid, path } satisfies z.infer<typeof noteSchema>))
    await file.sync()
  } finally {
    await file.close()
  }
  return () => rm(note, { force: true })
}

/**
 * Removes what ended processes left half written. Whatever can't be removed is tried again the next time.
 * @param ended a process that is known to have ended: until the system has cleared it away, it still seems to live
 */
export async function removeLeftDrafts(directory: string, ended?: number): Promise<void> {
  const folder = folderIn(directory)
  const notes = await readdir(folder).catch(() => [])
  for (const name of notes) await removeLeft(join(folder, name), ended).catch(() => {})
}

async function removeLeft(note: string, ended: number | undefined): Promise<void> {
  const read = noteSchema.safeParse(await parsed(note))
  if (read.success && read.data.pid !== process.pid && read.data.pid !== ended && isAlive(read.data.pid)) return
  // Only what bears the name of a temporary file: the note could have been written by another program.
  if (read.success && /^\..*\.part$/.test(basename(read.data.path))) await rm(read.data.path, { force: true })
  await rm(note, { force: true })
}

/** A note that was cut off is none: its file had not been made yet. */
const parsed = async (note: string): Promise<unknown> => {
  const text = await readFile(note, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}
