import type { Key } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { StoredCertificate, StoredEntry } from './keyring/document.ts'
import type { Keyring } from './keyring/keyring.ts'
import { parseStored } from './keyring/listing.ts'

/** @throws LibralError `keys.unknown` */
export function entryIn(keyring: Keyring, id: string): StoredEntry {
  const found = keyring.current().entries.find((it) => it.id === id)
  if (found === undefined) throw new LibralError('keys.unknown')
  return found
}

/** @throws LibralError `keys.unknown` */
export function certificateIn(keyring: Keyring, id: string, fingerprint: string): StoredCertificate {
  const found = entryIn(keyring, id).certificates.find((it) => it.fingerprint === fingerprint)
  if (found === undefined) throw new LibralError('keys.unknown')
  return found
}

type EditKey = (key: Key, stored: StoredCertificate) => Promise<Key>

/** Rewrites every certificate of an entry; all or none. */
export const editKeys = (keyring: Keyring, id: string, now: number, edit: EditKey): Promise<void> =>
  keyring.change(async (document) => {
    const entry = entryIn(keyring, id)
    const certificates: StoredCertificate[] = []
    // One after another: a card does one thing at a time, and its PIN is asked once.
    for (const stored of entry.certificates) {
      const edited = await edit(await parseStored(stored), stored)
      certificates.push({ ...stored, key: Buffer.from(edited.write()).toString('base64') })
    }
    const entries = document.entries.map((it) => (it.id === id ? { ...it, certificates } : it))
    return { ...document, entries, unsavedSince: document.unsavedSince ?? now }
  })
