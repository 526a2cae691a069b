import type { PublicKey, SignaturePacket, Subkey } from 'openpgp'
import type { SignatureReason } from '#protocol/messages.ts'
import { type Found, keyReason } from './judge.ts'

/**
 * {@link keyReason}, asked once for each stretch of time over which nothing in a certificate begins or ends: the library
 * compares times with those that stand in it and with nothing else, so within a stretch it says the same. Only that a
 * key may sign is kept; what refuses it is found anew each time. Who asks while the question stands waits for its answer:
 * a review asks for thousands of signatures before the first one is answered.
 *
 * Kept by certificate object, which must not be changed afterwards: a renewed or revoked one is another object (of
 * another row, see known-certificates.ts), about which nothing is known yet.
 * @param at when the signature says that it was made
 * @param judgedAt by the clock that judges
 */
export const keptKeyReason = async (found: Found, at: Date, judgedAt: number): Promise<SignatureReason | null> => {
  const { turns, renewedAt, good, asked } = standingOf(found.certificate)
  // One that was renewed after the signature may hold nothing older.
  const now = Math.max(judgedAt, renewedAt)
  const stretch = stretchOf(turns, at.getTime()) * (turns.length + 1) + stretchOf(turns, now)
  if (good.get(found.key)?.has(stretch)) return null
  const standing = asked.get(found.key)?.get(stretch)
  if (standing !== undefined) return standing
  const answer = keyReason(found, at, now)
  const questions = asked.get(found.key) ?? new Map()
  asked.set(found.key, questions.set(stretch, answer))
  try {
    const reason = await answer
    if (reason === null) keep(good, found.key, stretch)
    return reason
  } finally {
    questions.delete(stretch)
  }
}

/** Of a certificate, lower-case hexadecimal: the library writes it anew each time. */
export const fingerprintOf = (certificate: PublicKey): string => standingOf(certificate).fingerprint

/** Of one key; more than any has that is renewed once a month for years. */
const keptStretches = 256

const keep = (good: Standing['good'], key: Found['key'], stretch: number): void => {
  const kept = good.get(key)
  if (kept === undefined || kept.size >= keptStretches) good.set(key, new Set([stretch]))
  else kept.add(stretch)
}

interface Standing {
  readonly fingerprint: string
  /** When something begins or ends, ms since 1970, ascending. */
  readonly turns: readonly number[]
  /** When the certificate last spoke of itself. */
  readonly renewedAt: number
  /** Stretches, of the signature and of the clock, in which a key may sign. */
  readonly good: Map<Found['key'], Set<number>>
  /** Questions that are being answered. */
  readonly asked: Map<Found['key'], Map<number, Promise<SignatureReason | null>>>
}
const standings = new WeakMap<PublicKey, Standing>()

const standingOf = (certificate: PublicKey): Standing => {
  const known = standings.get(certificate)
  if (known !== undefined) return known
  const own = ownSignatures(certificate)
  const made = own.map(({ created }) => created?.getTime() ?? 0)
  const standing: Standing = {
    fingerprint: certificate.getFingerprint(),
    turns: turnsOf(certificate, own),
    renewedAt: Math.max(0, ...made),
    good: new Map(),
    asked: new Map(),
  }
  standings.set(certificate, standing)
  return standing
}

/** Number of turns up to this time: whatever begins or ends at a second does so with it. */
const stretchOf = (turns: readonly number[], time: number): number => {
  let [low, high] = [0, turns.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((turns[middle] as number) <= time) low = middle + 1
    else high = middle
  }
  return low
}

const ownSignatures = (certificate: PublicKey): readonly SignaturePacket[] => {
  // Of the library's types it is missing.
  const { directSignatures } = certificate as unknown as { readonly directSignatures: readonly SignaturePacket[] }
  const { users, subkeys } = certificate
  return [
    ...directSignatures,
    ...users.flatMap(({ selfCertifications }) => selfCertifications),
    ...subkeys.flatMap(({ bindingSignatures }) => bindingSignatures),
  ]
}

/** Every time that stands in a certificate, whoever may look at it: one too many costs a second question. */
const turnsOf = (certificate: PublicKey, own: readonly SignaturePacket[]): readonly number[] => {
  const { users, subkeys } = certificate
  const revocations = [certificate, ...users, ...subkeys].flatMap((part) => part.revocationSignatures)
  const others = users.flatMap(({ otherCertifications }) => otherCertifications)
  const signatures = [...own, ...revocations, ...others].flatMap(withEmbedded)
  const keys = (certificate.getKeys() as (PublicKey | Subkey)[]).map((key) => key.getCreationTime().getTime())
  const turns = new Set(keys)
  for (const { created, signatureExpirationTime, keyExpirationTime } of signatures) {
    const began = created?.getTime() ?? 0
    turns.add(began).add(began + (signatureExpirationTime ?? 0) * 1_000)
    for (const key of keys) turns.add(key + (keyExpirationTime ?? 0) * 1_000)
  }
  return [...turns].sort((one, other) => one - other)
}

const withEmbedded = (signature: SignaturePacket): readonly SignaturePacket[] =>
  signature.embeddedSignature === null ? [signature] : [signature, ...withEmbedded(signature.embeddedSignature)]
