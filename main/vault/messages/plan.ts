import type { Certificate, KeyEntry } from '#protocol/keys.ts'
import type { Envelope, MessagePlan, UsedKey } from '#protocol/messages.ts'
import { expiryWarningMs } from '../keyring/listing.ts'

type Refusal = NonNullable<UsedKey['refusal']>
type Use = 'encrypt' | 'sign'

/** Why a certificate can't be used so now; null: it can. */
function refusalOf(certificate: Certificate, use: Use, now: number): Refusal | null {
  if (certificate.revoked !== null) return 'revoked'
  if (certificate.parts[0]?.uses.length === 0) return 'broken'
  if (certificate.expiresAt !== null && certificate.expiresAt <= now) return 'expired'
  const parts = certificate.parts.filter(
    ({ uses, place }) => uses.includes(use) && (use === 'encrypt' || place !== null),
  )
  if (parts.length === 0) return 'no-key'
  const standing = parts.filter(({ revoked }) => revoked === null)
  if (standing.length === 0) return 'revoked'
  return standing.some(({ expiresAt }) => expiresAt === null || expiresAt > now) ? null : 'expired'
}

const usable = (entry: KeyEntry, use: Use, now: number): readonly Certificate[] =>
  entry.certificates.filter((it) => refusalOf(it, use, now) === null)

const used = (entry: KeyEntry, certificate: Certificate | undefined, use: Use, now: number): UsedKey => {
  const shown = certificate ?? entry.certificates[0]
  const end = shown?.expiresAt ?? null
  return {
    id: entry.id,
    name: entry.name,
    fingerprint: certificate?.fingerprint ?? null,
    version: certificate?.version ?? null,
    refusal: certificate !== undefined || shown === undefined ? null : (refusalOf(shown, use, now) ?? 'no-key'),
    unconfirmed: !entry.own && (certificate?.confirmedAt ?? null) === null,
    expiring: certificate !== undefined && end !== null && end - now <= expiryWarningMs,
  }
}

/**
 * Chooses a certificate of each entry and one format for all: SEIPDv2 where everybody has a certificate that states it,
 * else SEIPDv1, with version 4 certificates where there are some, since their programs know no others.
 * @param entries of the keyring; ids that are not among them are left out
 */
export function planMessage(entries: readonly KeyEntry[], envelope: Envelope, now: number): MessagePlan {
  const named = (id: string | null): KeyEntry | null => entries.find((it) => it.id === id) ?? null
  const recipients = envelope.recipients.map(named).filter((it) => it !== null)
  const identity = named(envelope.identity)
  const self = envelope.toSelf ? identity : null
  const readers = self === null || recipients.includes(self) ? recipients : [...recipients, self]
  const modern = (entry: KeyEntry): Certificate | undefined => {
    const found = usable(entry, 'encrypt', now).filter((it) => it.modern)
    return found.find(({ version }) => version === 6) ?? found[0]
  }
  // Who can't be written to at all decides nothing for the others.
  const older = readers.filter((it) => usable(it, 'encrypt', now).length > 0 && modern(it) === undefined)
  const newer = envelope.audience === 'auto' && older.length === 0
  const choose = (entry: KeyEntry): UsedKey => {
    const found = usable(entry, 'encrypt', now)
    const chosen = newer ? modern(entry) : (found.find(({ version }) => version === 4) ?? found[0])
    return used(entry, chosen, 'encrypt', now)
  }
  const encrypts = readers.length > 0 || envelope.password
  return {
    format: encrypts ? (newer ? 'seipd2' : 'seipd1') : null,
    why: newer ? 'all-modern' : envelope.audience === 'gnupg' ? 'chosen' : 'older-peers',
    older: older.map(({ name }) => name),
    recipients: recipients.map(choose),
    self: self === null ? null : choose(self),
    signer: envelope.sign && identity !== null ? signerIn(identity, newer, now) : null,
  }
}

/** Programs that read only SEIPDv1 hide a message with a signature of version 6: the companion signs, or nobody. */
function signerIn(identity: KeyEntry, newer: boolean, now: number): UsedKey {
  const found = usable(identity, 'sign', now)
  const four = found.find(({ version }) => version === 4)
  const chosen = newer ? (found.find(({ version }) => version === 6) ?? found[0]) : four
  const said = used(identity, chosen, 'sign', now)
  return chosen === undefined && found.length > 0 ? { ...said, refusal: 'no-version-4' } : said
}

/** The first one because of whom it will not be done. */
export const refusedIn = ({ recipients, self, signer }: MessagePlan): UsedKey | null =>
  [...recipients, self, signer].find((it) => it !== null && it.refusal !== null) ?? null
