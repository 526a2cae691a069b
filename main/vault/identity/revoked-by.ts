import type { Config, Key } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { KeyringDocument } from '../keyring/document.ts'
import { parseStored } from '../keyring/listing.ts'

export interface Revoked {
  readonly id: string
  readonly fingerprint: string
  /** The certificate with its revocation. */
  readonly key: Key
}

/**
 * Finds the certificate that a revocation certificate revokes: the signature verifies under its key.
 * @param text armored
 * @throws LibralError `keys.not-a-revocation`, `keys.already-revoked`
 */
export async function revokedBy(text: string, { entries }: KeyringDocument): Promise<Revoked> {
  let already = false
  for (const { id, certificates } of entries) {
    for (const stored of certificates) {
      const key = await parseStored(stored)
      const revoked = await applied(key, text)
      if (revoked === null) continue
      if (!(await key.isRevoked(undefined, undefined, undefined, policy)))
        return { id, fingerprint: stored.fingerprint, key: revoked }
      already = true
    }
  }
  throw new LibralError(already ? 'keys.already-revoked' : 'keys.not-a-revocation')
}

/** In openpgp.js, but not in its types. It verifies the signature. */
interface Revocable {
  applyRevocationCertificate(text: string, date: undefined, config: Config): Promise<Key>
}

const applied = (key: Key, text: string): Promise<Key | null> =>
  (key as unknown as Revocable).applyRevocationCertificate(text, undefined, policy).catch(() => null)
