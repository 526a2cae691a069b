import { readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '#main/settings/json-file.ts'

/**
 * The newest checkpoint that this desktop saw of one deployment's log, and the evidence of each history that denied it:
 * plain text files, so that they can be read and carried elsewhere without us. They outlive the replica.
 */
export interface SeenStore {
  /** The note as it was written, and when (ms since 1970); null: none yet. */
  read(): Promise<{ readonly note: string; readonly at: number } | null>
  write(note: string): Promise<void>
  /** Keeps files in a folder of their own. @returns its path */
  keepEvidence(at: Date, files: Readonly<Record<string, string>>): Promise<string>
  /** Takes the newest checkpoint away to the evidence of `at`: the next one that is seen becomes the first. */
  setAside(at: Date, reason: string): Promise<void>
}

const latest = 'latest.checkpoint'
const folderName = (at: Date): string => `evidence-${at.toISOString().replaceAll(':', '-')}`

export const createSeenStore = (directory: string): SeenStore => {
  const keepEvidence = async (at: Date, files: Readonly<Record<string, string>>): Promise<string> => {
    const folder = join(directory, folderName(at))
    for (const [name, content] of Object.entries(files)) await writeWhole(join(folder, name), content)
    return folder
  }
  return {
    read: async () => {
      try {
        const file = join(directory, latest)
        const [note, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
        return { note, at: Math.round(mtimeMs) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    write: (note) => writeWhole(join(directory, latest), note),
    keepEvidence,
    setAside: async (at, reason) => {
      const folder = await keepEvidence(at, { 'accepted.txt': `${at.toISOString()}\n${reason}\n` })
      await rename(join(directory, latest), join(folder, latest))
    },
  }
}
