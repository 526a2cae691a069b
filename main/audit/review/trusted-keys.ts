import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'
import { type TrustedKey, trustedKeySchema } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'

/** Far more than anybody compares by hand. */
const mostKeys = 500
const keptSchema = z.strictObject({ v: z.literal(1), keys: z.array(trustedKeySchema).max(mostKeys) })

/** As the index of a review names a key. */
export const nameOf = ({ kind, key }: Pick<TrustedKey, 'kind' | 'key'>): string => `${kind}:${key}`

/** The keys whose fingerprints a person entered or imported on this machine: what every review here rests on. */
export interface TrustedKeys {
  all(): readonly TrustedKey[]
  /** Keys that are there already keep their time. */
  add(keys: readonly TrustedKey[]): Promise<void>
  remove(key: Pick<TrustedKey, 'kind' | 'key'>): Promise<void>
}

/**
 * Kept as readable text: what is in it is no secret, and who can write this user's files can change the app, too.
 * @throws LibralError `review.keys-unreadable` when there is a file that this version can't read: it is never overwritten
 */
export const openTrustedKeys = (userData: string): TrustedKeys => {
  const file = join(userData, 'trusted-keys.json')
  let keys: readonly TrustedKey[] = readKept(file)
  const keep = async (next: readonly TrustedKey[]): Promise<void> => {
    if (next.length > mostKeys) throw new LibralError('input.too-large', { limit: mostKeys })
    await writeWhole(file, `${JSON.stringify({ v: 1, keys: next }, null, 2)}\n`)
    keys = next
  }
  return {
    all: () => keys,
    add: (added) => {
      const known = new Set(keys.map(nameOf))
      const fresh = added.filter((key) => !known.has(nameOf(key)) && known.add(nameOf(key)))
      return keep([...keys, ...fresh])
    },
    remove: (key) => keep(keys.filter((it) => nameOf(it) !== nameOf(key))),
  }
}

const readKept = (file: string): readonly TrustedKey[] => {
  try {
    return keptSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).keys
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new LibralError('review.keys-unreadable', {}, { cause })
  }
}
