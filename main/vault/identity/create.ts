import { generateKey, type PrivateKey } from 'openpgp'
import type { IdentityDraft } from '#protocol/keys.ts'
import type { StoredCertificate } from '../keyring/document.ts'
import { gnupg, modern } from '../openpgp/config.ts'

/**
 * Makes an identity: a version 6 certificate with SEIPDv2 preferences and, if wanted, a version 4 one that GnuPG reads.
 * Each comes with the certificate that revokes it, for the day its secret key is lost.
 */
export async function createIdentity(draft: IdentityDraft, now: number): Promise<StoredCertificate[]> {
  const userIDs = [{ name: draft.name, ...(draft.email !== '' && { email: draft.email }) }]
  const common = {
    userIDs,
    // A certificate from the future is refused, by a peer whose clock is behind too.
    date: new Date(now - 1_000),
    ...(draft.days !== null && { keyExpirationTime: draft.days * 86_400 }),
    format: 'object' as const,
  }
  const v6 = generateKey({ ...common, type: draft.curve === '448' ? 'curve448' : 'curve25519', config: modern })
  const v4 = draft.companion ? [generateKey({ ...common, type: 'ecc', curve: 'ed25519Legacy', config: gnupg })] : []
  const made = await Promise.all([v6, ...v4])
  return made.map(({ privateKey, revocationCertificate }) => storedFrom(privateKey, revocationCertificate))
}

export const storedFrom = (key: PrivateKey, revocation: string | null): StoredCertificate => ({
  fingerprint: key.getFingerprint(),
  key: Buffer.from(key.write()).toString('base64'),
  revocation,
  confirmedAt: null,
  held: {},
})
