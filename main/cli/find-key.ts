import { LibralError } from '#protocol/errors.ts'
import type { Certificate, KeyEntry } from '#protocol/keys.ts'

export interface FoundKey {
  readonly entry: KeyEntry
  /** The one that was named; all of the entry's where the name was the person's. */
  readonly certificates: readonly Certificate[]
}

/**
 * Finds the line of the keyring that is meant: by fingerprint (also of a subkey, also in groups), key id of 16 digits,
 * entry id, or mail address.
 * @throws LibralError `keys.unknown`, `keys.ambiguous`
 */
export function findKey(entries: readonly KeyEntry[], name: string): FoundKey {
  const digits = name.replaceAll(/[\s:]/g, '').replace(/^0x/i, '').toLowerCase()
  const found = /^[0-9a-f]{16}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(digits)
    ? byDigits(entries, digits)
    : entries
        .filter((it) => it.id === name || hasAddress(it, name))
        .map((entry) => ({ entry, certificates: entry.certificates }))
  const [first, second] = found
  if (first === undefined) throw new LibralError('keys.unknown')
  if (second !== undefined) throw new LibralError('keys.ambiguous', { count: found.length })
  return first
}

const byDigits = (entries: readonly KeyEntry[], digits: string): FoundKey[] =>
  entries.flatMap((entry) => {
    const certificates = entry.certificates.filter(({ parts }) =>
      parts.some(({ fingerprint, keyId }) => fingerprint === digits || keyId === digits),
    )
    return certificates.length === 0 ? [] : [{ entry, certificates }]
  })

const hasAddress = ({ certificates }: KeyEntry, address: string): boolean =>
  certificates.some(({ userIds }) =>
    userIds.some(({ email, revoked }) => !revoked && email !== '' && email.toLowerCase() === address.toLowerCase()),
  )

/** Lines that hold every word in a name, an address or a fingerprint. */
export const matching = (entries: readonly KeyEntry[], words: readonly string[]): KeyEntry[] =>
  entries.filter((entry) => {
    const text = textOf(entry)
    return words.every((word) => text.includes(folded(word)) || text.includes(folded(word.replaceAll(' ', ''))))
  })

const textOf = ({ certificates }: KeyEntry): string =>
  certificates
    .flatMap(({ userIds, parts }) => [...userIds.map(({ text }) => text), ...parts.map((it) => it.fingerprint)])
    .map(folded)
    .join('\n')

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()
