import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'
import { LibralError } from '#protocol/errors.ts'
import { type Note, noteSchema } from '#protocol/review.ts'

const keptSchema = z.strictObject({ v: z.literal(1), log: z.string(), notes: z.array(noteSchema) })

/** An auditor's notes on the entries of one log, in a file of their own: the bundle is never touched. */
export interface Notes {
  all(): readonly Note[]
  of(index: number): Note | null
  /** An empty text removes the note. */
  put(note: Note): Promise<void>
}

/**
 * Found again by log and entry, whichever bundle of the log is open.
 * @param log context of the deployment
 * @throws LibralError `review.notes-unreadable` when there is a file that this version can't read: it is never overwritten
 */
export const openNotes = (directory: string, log: string): Notes => {
  const file = join(directory, `${log.replaceAll(/[^A-Za-z0-9-]/g, '-')}.json`)
  let notes: ReadonlyMap<number, Note> = new Map(readKept(file, log).map((note) => [note.index, note]))
  const sorted = (): readonly Note[] => [...notes.values()].sort((left, right) => left.index - right.index)
  return {
    all: sorted,
    of: (index) => notes.get(index) ?? null,
    put: async (note) => {
      const next = new Map(notes)
      if (note.text === '') next.delete(note.index)
      else next.set(note.index, note)
      const before = notes
      notes = next
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        await writeWhole(file, `${JSON.stringify({ v: 1, log, notes: sorted() }, null, 2)}\n`)
      } catch (cause) {
        notes = before
        throw new LibralError('export.write-failed', {}, { cause })
      }
    },
  }
}

const readKept = (file: string, log: string): readonly Note[] => {
  try {
    const kept = keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    if (kept.log !== log) throw new Error('notes of another log')
    return kept.notes
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new LibralError('review.notes-unreadable', {}, { cause })
  }
}
