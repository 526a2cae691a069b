import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder, writeWhole } from '#main/settings/json-file.ts'
import { LibralError } from '#protocol/errors.ts'

/** A note as it was written, and when (ms since 1970). */
export interface KeptNote {
  readonly note: string
  readonly at: number
}

/**
 * The newest checkpoint that this desktop saw of one deployment's log, and the evidence of each history that denied it:
 * plain text files, so that they can be read and carried elsewhere without us. They outlive the replica.
 *
 * Two files take turns: while one is written over in place, which needs the disk once, the other holds the checkpoint
 * before. Whoever reads takes the newer one that is whole.
 */
export interface SeenStore {
  /** Both as they stand, in no order; one may be cut short where the machine went down while it was written. */
  read(): Promise<readonly KeptNote[]>
  /**
   * On disk when it resolves.
   * @param before the note that must outlive a write that is cut short; null: none is kept yet
   */
  write(note: string, before: string | null): Promise<void>
  /** Keeps files in a folder of their own. @returns its path */
  keepEvidence(at: Date, files: Readonly<Record<string, string>>): Promise<string>
  /** What lies there by this name. @throws LibralError `log.no-evidence` */
  evidence(folder: string, name: string): Promise<string>
  /** Takes the checkpoints away to the evidence of `at`: the next one that is seen becomes the first. */
  setAside(at: Date, reason: string): Promise<void>
}

const slots = ['latest.checkpoint', 'latest-2.checkpoint'] as const
const folderName = (at: Date): string => `evidence-${at.toISOString().replaceAll(':', '-')}`

export const createSeenStore = (directory: string): SeenStore => {
  const keepEvidence = async (at: Date, files: Readonly<Record<string, string>>): Promise<string> => {
    const folder = join(directory, folderName(at))
    for (const [name, content] of Object.entries(files)) await writeWhole(join(folder, name), content)
    return folder
  }
  const fileOf = (slot: string): string => join(directory, slot)
  return {
    read: async () => (await Promise.all(slots.map((slot) => readNote(fileOf(slot))))).filter((it) => it !== null),
    write: async (note, before) => {
      const [one, other] = await Promise.all([textOf(fileOf(slots[0])), textOf(fileOf(slots[1]))])
      const toFirst = before === null || one !== before
      await writeOver(fileOf(slots[toFirst ? 0 : 1]), toFirst ? one : other, note)
    },
    keepEvidence,
    evidence: (folder, name) =>
      readFile(join(folder, name), 'utf8').catch((cause: unknown) => {
        throw new LibralError('log.no-evidence', {}, { cause })
      }),
    setAside: async (at, reason) => {
      const folder = await keepEvidence(at, { 'accepted.txt': `${at.toISOString()}\n${reason}\n` })
      for (const slot of slots) await ifThere(rename(fileOf(slot), join(folder, slot)))
      await syncFolder(directory)
    },
  }
}

const textOf = (file: string): Promise<string | null> => ifThere(readFile(file, 'utf8'))

const readNote = async (file: string): Promise<KeptNote | null> => {
  const found = await ifThere(Promise.all([readFile(file, 'utf8'), stat(file)]))
  return found && { note: found[0], at: Math.round(found[1].mtimeMs) }
}

/**
 * In place: no name and, as a rule, no length changes, so that one block is all that has to reach the disk.
 * @param there what the file holds now; null: it does not exist
 */
const writeOver = async (file: string, there: string | null, note: string): Promise<void> => {
  if (there === null) return writeWhole(file, note)
  const bytes = Buffer.from(note)
  const handle = await open(file, 'r+')
  try {
    await handle.write(bytes, 0, bytes.byteLength, 0)
    if (Buffer.byteLength(there) > bytes.byteLength) await handle.truncate(bytes.byteLength)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

const ifThere = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
