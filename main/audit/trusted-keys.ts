import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'
import { type TrustedKey, trustedKeySchema } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { fingerprintSchema } from '#protocol/ids.ts'
import { formatNoteKey, noteKeyTypes, parseNoteKey } from '#trust/tlog/note.ts'

/**
 * Keys that a person entered or imported on this machine: what a review may rest on. One file for the app and for
 * `libral`, readable without either. Who can write it can make this machine trust anything, as who can write the app.
 */
export interface TrustedKeys {
  /** In the order in which they were entered. @throws LibralError `file.unreadable` */
  list(): Promise<readonly TrustedKey[]>
  /**
   * @param text a key of c2sp.org/signed-note, or a certificate's whole fingerprint, also in groups
   * @returns what stands there now; entered again, it gets the new label
   * @throws LibralError `bundle.no-key`
   */
  add(text: string, label: string): Promise<TrustedKey>
  /** @returns whether it was there */
  remove(text: string): Promise<boolean>
}

const fileSchema = z.strictObject({ v: z.literal(1), keys: z.array(trustedKeySchema).max(10_000) })

export const createTrustedKeys = (userData: string, now: () => number = Date.now): TrustedKeys => {
  const file = join(userData, 'trusted-keys.json')
  const list = async (): Promise<readonly TrustedKey[]> => {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new LibralError('file.unreadable', {}, { cause: error })
    })
    if (text === null) return []
    try {
      return fileSchema.parse(JSON.parse(text)).keys
    } catch (cause) {
      // Trusting nothing would look as if nobody had entered anything.
      throw new LibralError('file.unreadable', {}, { cause })
    }
  }
  const write = (keys: readonly TrustedKey[]): Promise<void> =>
    writeWhole(file, `${JSON.stringify({ v: 1, keys }, null, 2)}\n`)
  return {
    list,
    add: async (text, label) => {
      const entered: TrustedKey = { ...keyIn(text), label: label.slice(0, 200), at: now() }
      const others = (await list()).filter(({ key }) => key !== entered.key)
      await write([...others, entered])
      return entered
    },
    remove: async (text) => {
      const { key: gone } = keyIn(text)
      const before = await list()
      const left = before.filter(({ key }) => key !== gone)
      if (left.length < before.length) await write(left)
      return left.length < before.length
    },
  }
}

/** What was typed, in the one form in which it is kept. @throws LibralError `bundle.no-key` */
export const keyIn = (text: string): Pick<TrustedKey, 'kind' | 'key'> => {
  const digits = text.replaceAll(/[\s:]/g, '').replace(/^0x/i, '').toLowerCase()
  if (fingerprintSchema.safeParse(digits).success) return { kind: 'certificate', key: digits }
  try {
    const key = parseNoteKey(text.trim())
    return { kind: key.type === noteKeyTypes.signature ? 'log' : 'witness', key: formatNoteKey(key) }
  } catch (cause) {
    throw new LibralError('bundle.no-key', {}, { cause })
  }
}
