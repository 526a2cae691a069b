import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'
import { type TrustedKey, trustedKeySchema } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { fingerprintSchema } from '#protocol/ids.ts'
import { formatNoteKey, noteKeyTypes, parseNoteKey } from '#trust/tlog/note.ts'

/** As a review names a key, without what a person calls it. */
export type NamedKey = Pick<TrustedKey, 'kind' | 'key'>

/**
 * Keys that a person entered or imported on this machine: what a review may rest on. One file for the app and for
 * `libral`, readable without either, and read anew each time. Who can write it can make this machine trust anything, as
 * who can write the app.
 */
export interface TrustedKeys {
  /**
   * In the order in which they were entered.
   * @throws LibralError `review.keys-unreadable` when there is a file that this version can't read: it is never overwritten
   */
  list(): Promise<readonly TrustedKey[]>
  /** Entered again, a key gets its new label and time. @throws LibralError `input.too-large`, and as `list` */
  add(keys: readonly TrustedKey[]): Promise<void>
  /** @returns whether it was there */
  remove(key: NamedKey): Promise<boolean>
}

/** Far more than anybody compares by hand. */
const mostKeys = 500
const fileSchema = z.strictObject({ v: z.literal(1), keys: z.array(trustedKeySchema).max(mostKeys) })

export const createTrustedKeys = (userData: string): TrustedKeys => {
  const file = join(userData, 'trusted-keys.json')
  const list = async (): Promise<readonly TrustedKey[]> => {
    try {
      return fileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).keys
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
      // Trusting nothing would look as if nobody had entered anything.
      throw new LibralError('review.keys-unreadable', {}, { cause })
    }
  }
  const write = async (keys: readonly TrustedKey[]): Promise<void> => {
    if (keys.length > mostKeys) throw new LibralError('input.too-large', { limit: mostKeys })
    await writeWhole(file, `${JSON.stringify({ v: 1, keys }, null, 2)}\n`)
  }
  return {
    list,
    add: async (added) => {
      const names = new Set(added.map(nameOf))
      const others = (await list()).filter((key) => !names.has(nameOf(key)))
      const last = new Map(added.map((key) => [nameOf(key), key]))
      await write([...others, ...last.values()])
    },
    remove: async (gone) => {
      const before = await list()
      const left = before.filter((key) => nameOf(key) !== nameOf(gone))
      if (left.length < before.length) await write(left)
      return left.length < before.length
    },
  }
}

const nameOf = ({ kind, key }: NamedKey): string => `${kind}:${key}`

/** What was typed, in the one form in which it is kept; null: it is no key. */
export const namedKey = (text: string): NamedKey | null => {
  const digits = text.replaceAll(/[\s:]/g, '').replace(/^0x/i, '').toLowerCase()
  if (fingerprintSchema.safeParse(digits).success) return { kind: 'certificate', key: digits }
  try {
    const key = parseNoteKey(text.trim())
    return { kind: key.type === noteKeyTypes.signature ? 'log' : 'witness', key: formatNoteKey(key) }
  } catch {
    return null
  }
}

/**
 * @param text a key of c2sp.org/signed-note (`NAME+ID+BASE64`), or a certificate's whole fingerprint, also in groups
 * @throws LibralError `bundle.no-key`
 */
export const keyIn = (text: string): NamedKey => {
  const key = namedKey(text)
  if (key === null) throw new LibralError('bundle.no-key')
  return key
}
