import type { enums, PublicKey, PublicKeyEncryptedSessionKeyPacket, PublicKeyPacket, PublicSubkeyPacket } from 'openpgp'
import type { SignatureParameters } from '#trust/openpgp/internals.ts'

/** `algorithm` is null for a version 6 packet, which leaves it to the encrypted data. */
export interface OpenedSessionKey {
  readonly algorithm: enums.symmetric | null
  readonly data: Uint8Array
}

/**
 * The private half of one key packet (primary key or subkey), wherever it lies: in memory, on a card, in gpg-agent, in
 * an HSM. What it can't do, it lacks. Failures are LibralErrors: a wrong PIN or an unplugged card has its own code;
 * `openpgp.wrong-key` means that the packet is not for this key.
 */
export interface KeyAccess {
  /** The certificate by which peers know the key. */
  readonly certificate: PublicKey
  /** The packet of that certificate whose private half this is. */
  readonly key: PublicKeyPacket | PublicSubkeyPacket
  /** Signs a finished digest; signPacket checks the signature before it lets it out. */
  readonly signDigest?: (hash: enums.hash, digest: Uint8Array) => Promise<SignatureParameters>
  readonly openSessionKey?: (packet: PublicKeyEncryptedSessionKeyPacket) => Promise<OpenedSessionKey>
}

export type SigningAccess = KeyAccess & Required<Pick<KeyAccess, 'signDigest'>>
export type OpeningAccess = KeyAccess & Required<Pick<KeyAccess, 'openSessionKey'>>

export const canSign = (access: KeyAccess): access is SigningAccess => access.signDigest !== undefined
export const canOpen = (access: KeyAccess): access is OpeningAccess => access.openSessionKey !== undefined
