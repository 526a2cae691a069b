import type { Config, PublicKey, SignaturePacket, Subkey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { KeyAccess } from './key-access.ts'

export interface Recipient {
  readonly certificate: PublicKey
  /** To which one encrypts. */
  readonly key: PublicKey | Subkey
  readonly readsSeipd2: boolean
}

/** RFC 9580, 5.2.3.32 */
const seipd2Feature = 0x08

/**
 * The key to which one may encrypt, and what its owner can read.
 * @throws LibralError `openpgp.recipient-unusable`
 */
export async function recipientOf(certificate: PublicKey, date: Date): Promise<Recipient> {
  try {
    const key = await certificate.getEncryptionKey(undefined, date, undefined, policy as Config)
    const { features } = await selfSignature(certificate, date)
    return { certificate, key, readsSeipd2: ((features?.[0] ?? 0) & seipd2Feature) !== 0 }
  } catch (cause) {
    const fingerprint = certificate.getFingerprint().toUpperCase()
    throw new LibralError('openpgp.recipient-unusable', { fingerprint }, { cause })
  }
}

/** Where a certificate states what it can read: version 6 in the direct key signature, version 4 in its user id's. */
const selfSignature = (certificate: PublicKey, date: Date): Promise<SignaturePacket> =>
  (
    certificate as unknown as {
      getPrimarySelfSignature(date: Date, userId: undefined, config: object): Promise<SignaturePacket>
    }
  ).getPrimarySelfSignature(date, undefined, policy)

/**
 * Whether a peer can check what a version 6 key signs. Who has a version 4 certificate without SEIPDv2 most likely has
 * GnuPG, and that does worse than ignore such a signature: it shows nothing of the message, and calls a version 4
 * signature beside it bad (measured with 2.2.40).
 */
export const readsVersion6 = ({ certificate, readsSeipd2 }: Recipient): boolean =>
  readsSeipd2 || certificate.keyPacket.version === 6

/** @throws LibralError `openpgp.peer-reads-no-v6`, with the recipient's fingerprint where it is one's certificate */
export function refuseUnreadable(
  recipients: readonly Recipient[],
  signers: readonly Pick<KeyAccess, 'key'>[],
  forGnupg: boolean,
): void {
  if (signers.every(({ key }) => key.version !== 6)) return
  const older = recipients.find((it) => !readsVersion6(it))
  if (older !== undefined) {
    const fingerprint = older.certificate.getFingerprint().toUpperCase()
    throw new LibralError('openpgp.peer-reads-no-v6', { fingerprint })
  }
  if (forGnupg) throw new LibralError('openpgp.peer-reads-no-v6')
}
