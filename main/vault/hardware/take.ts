import type { Key } from 'openpgp'
import { v7 as uuidv7 } from 'uuid'
import { LibralError } from '#protocol/errors.ts'
import type { HeldElsewhere, StoredCertificate } from '../keyring/document.ts'
import type { Keyring } from '../keyring/keyring.ts'

/** Adds a line of one's own to the keyring. */
export async function addOwn(
  keyring: Keyring,
  certificates: readonly StoredCertificate[],
  now: number,
): Promise<{ readonly id: string }> {
  const id = uuidv7()
  await keyring.change((document) => {
    const made = new Set(certificates.map(({ fingerprint }) => fingerprint))
    if (document.entries.some((it) => it.certificates.some(({ fingerprint }) => made.has(fingerprint))))
      throw new LibralError('keys.exists')
    const entry = { id, addedAt: now, certificates: [...certificates] }
    return { ...document, entries: [...document.entries, entry], unsavedSince: document.unsavedSince ?? now }
  })
  return { id }
}

/**
 * Says of a certificate in the keyring where its secret parts lie.
 * @param places by the parts' fingerprints; others of the certificate keep theirs
 * @returns null: no certificate in the keyring has any of these parts
 */
export async function holdKnown(
  keyring: Keyring,
  places: ReadonlyMap<string, HeldElsewhere>,
  parse: (stored: StoredCertificate) => Promise<Key>,
): Promise<{ readonly id: string } | null> {
  let found: string | null = null
  await keyring.change(async (document) => {
    const entries = await Promise.all(
      document.entries.map(async (entry) => {
        const certificates = await Promise.all(entry.certificates.map((it) => heldAlso(it, places, parse)))
        const touched = certificates.some((it, at) => it !== entry.certificates[at])
        if (touched) found = entry.id
        return touched ? { ...entry, certificates } : entry
      }),
    )
    return { ...document, entries }
  })
  return found === null ? null : { id: found }
}

async function heldAlso(
  stored: StoredCertificate,
  places: ReadonlyMap<string, HeldElsewhere>,
  parse: (stored: StoredCertificate) => Promise<Key>,
): Promise<StoredCertificate> {
  const key = await parse(stored)
  const parts = key.getKeys().map((it) => it.getFingerprint())
  const here = parts.flatMap((it) => {
    const place = places.get(it)
    return place === undefined ? [] : [[it, place] as const]
  })
  return here.length === 0 ? stored : { ...stored, held: { ...stored.held, ...Object.fromEntries(here) } }
}
