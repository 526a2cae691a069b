import { subjectSealed } from '#protocol/sealed.ts'
import type { DataKeyId, SealClass, SubjectId } from '#protocol/sealed-value.ts'
import { parseEntry } from '#trust/entry.ts'
import type { Reader } from '../../storage/port.ts'

/** A data key as its entry names it. */
export interface SealedThere {
  readonly subject: SubjectId
  readonly key: DataKeyId
}

const chunk = 256
/** As canonical JSON spells it: an entry without these bytes sealed nothing, and is not parsed. */
const marker = Buffer.from(`"${subjectSealed.type}"`)

/**
 * Which keys entries [from, range.to) sealed for a class, read from the log itself: the entries say it for ever, the
 * table of wrapped keys only until a subject is erased.
 * @param limits keys of one answer, and entries that are looked through for it
 * @returns `next`: the entry to go on with; null: the range is through
 */
export const sealedIn = async (
  { entries }: Pick<Reader, 'entries'>,
  range: { readonly to: number; readonly class: SealClass },
  from: number,
  limits: { readonly page: number; readonly entries: number },
): Promise<{ readonly sealed: readonly SealedThere[]; readonly next: number | null }> => {
  const sealed: SealedThere[] = []
  const last = Math.min(range.to, from + limits.entries)
  for (let at = from; at < last; at += chunk) {
    for (const { index, bytes } of await entries.byIndex(at, Math.min(at + chunk, last))) {
      if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(marker))
        sealed.push(...sealedBy(bytes, range.class))
      if (sealed.length >= limits.page) return { sealed, next: index + 1 < range.to ? index + 1 : null }
    }
  }
  return { sealed, next: last < range.to ? last : null }
}

const sealedBy = (bytes: Uint8Array, sealClass: SealClass): readonly SealedThere[] =>
  parseEntry(bytes).events.flatMap(({ type, data }) => {
    if (type !== subjectSealed.type) return []
    const found = subjectSealed.data.parse(data)
    return found.class === sealClass ? [found] : []
  })
