import { type Config, type Key, PrivateKey, type PublicKey, readKeys } from 'openpgp'
import { type CertificateFacts, largestCertificate } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { policy } from './policy.ts'

const config = policy as Config

/** More than any certificate as others pass it on, with all that third parties certified. */
const largestFile = 1024 * 1024

/**
 * Reads a file that should hold one certificate, armored or binary, and what it says of itself.
 * @throws LibralError `session.certificate-invalid` (with `reason`), `session.certificate-secret`,
 *   `session.certificate-too-large`
 */
export const readCertificate = async (bytes: Uint8Array, at: number): Promise<CertificateFacts> => {
  if (bytes.byteLength > largestFile) throw tooLarge(bytes.byteLength)
  const key = onlyOne(await parsed(bytes))
  if (key instanceof PrivateKey) throw new LibralError('session.certificate-secret')
  for (const user of key.users) user.otherCertifications = []
  return factsOf(key, at)
}

/**
 * Judges the facts that somebody claims of a certificate by reading it again.
 * @throws LibralError as {@link readCertificate}; `session.certificate-invalid` with `reason: facts` where they differ
 */
export const examineCertificate = async (claimed: CertificateFacts, at: number): Promise<void> => {
  const facts = await readCertificate(fromBase64url(claimed.certificate), at)
  const differs = (Object.keys(facts) as (keyof CertificateFacts)[]).some(
    (name) => JSON.stringify(facts[name]) !== JSON.stringify(claimed[name]),
  )
  if (differs) throw invalid('facts')
}

/** The certificate of a registered row. */
export const registeredKey = async (certificate: string): Promise<PublicKey> =>
  onlyOne(await parsed(fromBase64url(certificate))).toPublic()

const invalid = (reason: string, cause?: unknown): LibralError =>
  new LibralError('session.certificate-invalid', { reason }, { cause })
const tooLarge = (bytes: number): LibralError =>
  new LibralError('session.certificate-too-large', { bytes, limit: largestCertificate })

const parsed = async (bytes: Uint8Array): Promise<readonly Key[]> => {
  const text = Buffer.from(bytes).toString('latin1')
  const given = text.includes('-----BEGIN PGP') ? { armoredKeys: text } : { binaryKeys: bytes }
  try {
    return await readKeys({ ...given, config } as Parameters<typeof readKeys>[0])
  } catch (cause) {
    throw invalid('unreadable', cause)
  }
}

const onlyOne = (keys: readonly Key[]): Key => {
  const [key, ...more] = keys
  if (key === undefined) throw invalid('unreadable')
  if (more.length > 0) throw invalid('several')
  return key
}

const factsOf = async (key: Key, at: number): Promise<CertificateFacts> => {
  const written = key.write()
  if (written.byteLength > largestCertificate) throw tooLarge(written.byteLength)
  const date = new Date(at)
  if (await key.isRevoked(undefined, undefined, date, config)) throw invalid('revoked')
  const end = await key.getExpirationTime(undefined, config)
  if (end === null) throw invalid('broken')
  const expiresAt = end instanceof Date ? end.getTime() : null
  if (expiresAt !== null && expiresAt <= at) throw invalid('expired')
  if (key.getCreationTime() > new Date(at + aheadMs)) throw invalid('not-yet-valid')
  await key.getSigningKey(undefined, latest(key, date), undefined, config).catch((cause: unknown) => {
    throw invalid('no-signing-key', cause)
  })
  const encrypts = await key.getEncryptionKey(undefined, latest(key, date), undefined, config).then(
    () => true,
    () => false,
  )
  return {
    fingerprint: key.getFingerprint(),
    version: key.keyPacket.version === 6 ? 6 : 4,
    userIds: key
      .getUserIDs()
      .map((text) => text.slice(0, 400))
      .slice(0, 16),
    createdAt: key.getCreationTime().getTime(),
    expiresAt,
    encrypts,
    certificate: toBase64url(written),
  }
}

/** How far a key made on another machine may be ahead of this clock. */
const aheadMs = 120_000
const latest = (key: Key, date: Date): Date =>
  new Date(Math.max(date.getTime(), ...key.getKeys().map((it) => it.getCreationTime().getTime())))
