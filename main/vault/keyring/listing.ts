import { type Key, readKey } from 'openpgp'
import type { Certificate, KeyEntry, KeyState } from '#protocol/keys.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { KeyringDocument, StoredCertificate, StoredEntry } from './document.ts'
import { factsOf } from './facts.ts'

/** Warned of this long before. */
export const expiryWarningMs = 30 * 86_400_000

export const parseStored = (stored: StoredCertificate): Promise<Key> =>
  readKey({ binaryKey: new Uint8Array(Buffer.from(stored.key, 'base64')), config: policy })

/** The keyring's lines as windows see them; a certificate is read and verified anew only when it has changed. */
export function createListing() {
  let known = new Map<string, { readonly from: string; readonly facts: Promise<Certificate> }>()
  const facts = (stored: StoredCertificate, document: KeyringDocument): Promise<Certificate> => {
    // Opening counts change often and cost nothing to put in.
    const from = JSON.stringify(stored)
    const kept = known.get(stored.fingerprint)
    const made = kept?.from === from ? kept : { from, facts: parseStored(stored).then((it) => factsOf(stored, it, {})) }
    known.set(stored.fingerprint, made)
    return made.facts.then((it) => counted(it, document.opened))
  }
  return async (document: KeyringDocument, now: number): Promise<KeyEntry[]> => {
    const present = new Set(document.entries.flatMap((it) => it.certificates.map(({ fingerprint }) => fingerprint)))
    known = new Map([...known].filter(([fingerprint]) => present.has(fingerprint)))
    const entries = await Promise.all(
      document.entries.map(async (entry) =>
        entryOf(entry, await Promise.all(entry.certificates.map((it) => facts(it, document))), now),
      ),
    )
    return entries.sort((a, b) => Number(b.own) - Number(a.own) || a.name.localeCompare(b.name, 'ja'))
  }
}

const counted = (certificate: Certificate, opened: KeyringDocument['opened']): Certificate => ({
  ...certificate,
  parts: certificate.parts.map((part) => ({ ...part, opened: opened[part.fingerprint] ?? { count: 0, at: null } })),
})

function entryOf(entry: StoredEntry, unsorted: readonly Certificate[], now: number): KeyEntry {
  const certificates = unsorted.toSorted((a, b) => b.version - a.version)
  const first = certificates[0]
  const user = first?.userIds.find(({ primary }) => primary) ?? first?.userIds[0]
  const ends = certificates.map(endOf).filter((it) => it !== null)
  return {
    id: entry.id,
    own: certificates.some(({ parts }) => parts.some(({ place }) => place !== null)),
    name: user?.name || user?.email || user?.text || first?.fingerprint || '',
    email: user?.email ?? '',
    state: worst(certificates.map((it) => stateOf(it, now))),
    expiresAt: ends.length === 0 ? null : Math.min(...ends),
    addedAt: entry.addedAt,
    certificates,
  }
}

/** When it stops being of use: its own end, or the end of the last key that can be encrypted to. */
function endOf({ expiresAt, parts }: Certificate): number | null {
  const open = parts.filter(({ uses, revoked }) => uses.includes('encrypt') && revoked === null)
  const ends = open.map((it) => it.expiresAt)
  const encryption = ends.length === 0 || ends.includes(null) ? null : Math.max(...ends.filter((it) => it !== null))
  if (expiresAt === null || encryption === null) return expiresAt ?? encryption
  return Math.min(expiresAt, encryption)
}

export function stateOf(certificate: Certificate, now: number): KeyState {
  if (certificate.revoked !== null) return 'revoked'
  // No valid self-signature says what it may do.
  if (certificate.parts[0]?.uses.length === 0) return 'broken'
  const end = endOf(certificate)
  if (end === null) return 'valid'
  if (end <= now) return 'expired'
  return end - now <= expiryWarningMs ? 'expiring' : 'valid'
}

const order: readonly KeyState[] = ['valid', 'expiring', 'expired', 'broken', 'revoked']
const worst = (states: readonly KeyState[]): KeyState =>
  states.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a), 'valid')
