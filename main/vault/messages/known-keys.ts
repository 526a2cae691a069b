import type { Key, PublicKey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import type { ToldVerdict } from '#protocol/messages.ts'
import type { Judgement } from '#trust/openpgp/judge.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { accessesOf } from '../access.ts'
import type { StoredCertificate } from '../keyring/document.ts'
import { parseStored } from '../keyring/listing.ts'
import { canOpen, canSign, type OpeningAccess, type SigningAccess } from '../openpgp/key-access.ts'
import { shownKeyring } from '../shown-keyring.ts'
import type { Vault } from '../vault.ts'

/** The keyring as messages are read and made with it. */
export interface KnownKeys {
  readonly entries: readonly KeyEntry[]
  /** Everybody's certificates; what a person has not confirmed is not trusted, own keys are. */
  judgement(now: number): Judgement
  readonly openers: readonly OpeningAccess[]
  /** @throws LibralError `openpgp.signer-unusable` where no key of it can sign here */
  signer(fingerprint: string): SigningAccess
  /** @throws LibralError `keys.unknown` */
  certificate(fingerprint: string): PublicKey
  told(verdict: SignatureVerdict): ToldVerdict
  /** Name and place of the key that opened something. */
  opener(fingerprint: string): { readonly name: string; readonly place: 'software' | 'agent' | 'card' | 'hsm' }
}

/** @throws LibralError `vault.locked` */
export async function knownKeys(vault: Vault): Promise<KnownKeys> {
  const { entries: stored } = vault.keyring().current()
  const { entries } = await shownKeyring(vault)
  const certificates = stored.flatMap((it) => it.certificates)
  const keys = await Promise.all(certificates.map(parsed))
  const found = keys.flatMap((key, at) => accessesOf(key, certificates[at], vault.hardware))
  // What needs no card and no PIN is tried first.
  const held = new Set(certificates.flatMap((it) => Object.keys(it.held)))
  const accesses = found.toSorted(
    (a, b) => Number(held.has(a.key.getFingerprint())) - Number(held.has(b.key.getFingerprint())),
  )
  const certificateOf = (fingerprint: string): Key => {
    const found = keys.find((it) => it.getFingerprint() === fingerprint)
    if (found === undefined) throw new LibralError('keys.unknown')
    return found
  }
  const entryOf = (fingerprint: string): KeyEntry | undefined =>
    entries.find((it) => it.certificates.some((one) => one.parts.some((part) => part.fingerprint === fingerprint)))
  return {
    entries,
    judgement: (now) => ({ certificates: keys.map((it) => it.toPublic()), trusted: trustedIn(entries), now }),
    openers: accesses.filter(canOpen),
    certificate: (fingerprint) => certificateOf(fingerprint).toPublic(),
    signer(fingerprint) {
      const found = accesses.filter(canSign).filter((it) => it.certificate.getFingerprint() === fingerprint)
      const parts = entryOf(fingerprint)?.certificates.flatMap((it) => it.parts) ?? []
      // Signing subkeys first: who has one keeps the primary key for certifying.
      const access = found
        .filter((it) => parts.some((part) => part.fingerprint === it.key.getFingerprint() && maySign(part)))
        .toReversed()[0]
      if (access === undefined)
        throw new LibralError('openpgp.signer-unusable', { fingerprint: fingerprint.toUpperCase() })
      return access
    },
    told: (verdict) => toldOf(verdict, entryOf),
    opener(fingerprint) {
      const entry = entryOf(fingerprint)
      const part = entry?.certificates.flatMap((it) => it.parts).find((it) => it.fingerprint === fingerprint)
      return { name: entry?.name ?? '', place: part?.place ?? 'software' }
    },
  }
}

const maySign = ({ uses, revoked, expiresAt }: KeyEntry['certificates'][number]['parts'][number]): boolean =>
  uses.includes('sign') && revoked === null && (expiresAt === null || expiresAt > Date.now())

const trustedIn = (entries: readonly KeyEntry[]): ReadonlySet<string> =>
  new Set(
    entries.flatMap(({ own, certificates }) =>
      certificates.filter(({ confirmedAt }) => own || confirmedAt !== null).map((it) => it.fingerprint.toUpperCase()),
    ),
  )

function toldOf(verdict: SignatureVerdict, entryOf: (fingerprint: string) => KeyEntry | undefined): ToldVerdict {
  const { verified, valid, reason, at, issuer, signer } = verdict
  const entry = signer === null ? undefined : entryOf(signer.certificate.toLowerCase())
  return {
    verified,
    valid,
    reason,
    at,
    issuer: issuer?.toLowerCase() ?? null,
    signer:
      signer === null || entry === undefined
        ? null
        : {
            fingerprint: signer.fingerprint.toLowerCase(),
            certificate: signer.certificate.toLowerCase(),
            entry: entry.id,
            name: entry.name,
            email: entry.email,
            own: entry.own,
          },
  }
}

/** Reading a key takes a millisecond; a keyring of a thousand is read once. */
const read = new Map<string, Promise<Key>>()

function parsed(stored: StoredCertificate): Promise<Key> {
  const known = read.get(stored.key) ?? parseStored(stored)
  if (read.size > 5_000) read.clear()
  read.set(stored.key, known)
  return known
}
