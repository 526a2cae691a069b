import { type Config, config, generateKey, type Key, type PrivateKey, type PublicKey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { Judgement } from '#trust/openpgp/judge.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { isSecret, parseKeys } from '../identity/parse.ts'
import { gnupg, modern } from '../openpgp/config.ts'
import { canOpen, canSign, type OpeningAccess, type SigningAccess } from '../openpgp/key-access.ts'
import { softwareAccess } from '../openpgp/software-key.ts'
import { unlockKey } from '../openpgp/unlock-key.ts'

/** Keys and certificates that come as files with each call and are kept nowhere. */

export type { PrivateKey, PublicKey } from 'openpgp'

/** The library underneath, as `OpenPGP.js 6.3.2`. */
export const libraryName: string = config.versionString

/** @throws LibralError `keys.not-a-key`, also for a file of certificates alone */
export async function readSecretKeys(bytes: Uint8Array): Promise<PrivateKey[]> {
  const keys = await parseKeys(bytes)
  if (!keys.every(isSecret)) throw new LibralError('keys.not-a-key')
  return keys
}

/** @throws LibralError `keys.not-a-key`, also for a file with a secret key, which nobody meant to hand over here */
export async function readCertificates(bytes: Uint8Array): Promise<PublicKey[]> {
  const keys = await parseKeys(bytes)
  if (keys.some(isSecret)) throw new LibralError('keys.not-a-key')
  return keys.map((it) => it.toPublic())
}

/** @throws LibralError `openpgp.key-locked` where no passphrase opens it */
export async function unlockWith(key: PrivateKey, passphrases: readonly string[]): Promise<PrivateKey> {
  if (key.isDecrypted()) return key
  for (const passphrase of passphrases) {
    const open = await unlockKey(key, passphrase)
    if (open !== null) return open
  }
  throw new LibralError('openpgp.key-locked')
}

/** @throws LibralError `openpgp.signer-unusable` where it has no key that may sign now */
export async function signerOf(key: PrivateKey, now: number): Promise<SigningAccess> {
  const fingerprint = key.getFingerprint()
  const unusable = (cause?: unknown) => new LibralError('openpgp.signer-unusable', { fingerprint }, { cause })
  const chosen = await key
    .toPublic()
    .getSigningKey(undefined, new Date(now), undefined, policy as Config)
    .catch((cause: unknown) => {
      throw unusable(cause)
    })
  const found = softwareAccess(key)
    .filter(canSign)
    .find((it) => it.key.getFingerprint() === chosen.getFingerprint())
  if (found === undefined) throw unusable()
  return found
}

export const openersOf = (key: PrivateKey): OpeningAccess[] => softwareAccess(key).filter(canOpen)

/** Who hands certificates over for this one judgement trusts them for it. */
export const judgedBy = (certificates: readonly PublicKey[], now: number): Judgement => ({
  certificates,
  trusted: new Set(certificates.map((it) => it.getFingerprint().toUpperCase())),
  now,
})

export interface GenerateOptions {
  readonly userIds: readonly string[]
  /** For peers that read RFC 4880 alone, such as GnuPG. */
  readonly older: boolean
  readonly signingOnly: boolean
  readonly passphrase: string | null
}

/**
 * A transferable secret key without an end: nothing here could renew it.
 * @returns binary
 * @throws LibralError `keys.unsupported` for an older key without a user id
 */
export async function generate(options: GenerateOptions): Promise<Uint8Array> {
  const { userIds, older, signingOnly, passphrase } = options
  if (older && userIds.length === 0) throw new LibralError('keys.unsupported', { reason: 'user-id' })
  const { privateKey } = await generateKey({
    // A whole user id in the name stands as it is, of whatever form.
    userIDs: userIds.map((name) => ({ name })),
    // A certificate from the future is refused, by a peer whose clock is behind too.
    date: new Date(Date.now() - 1_000),
    ...(older ? { type: 'ecc', curve: 'ed25519Legacy' } : { type: 'curve25519' }),
    ...(signingOnly && { subkeys: [] }),
    ...(passphrase !== null && { passphrase }),
    format: 'object',
    config: older ? gnupg : modern,
  })
  return privateKey.write()
}

export const isModern = (key: Key): boolean => key.keyPacket.version === 6
