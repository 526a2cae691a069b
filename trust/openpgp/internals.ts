import type { enums, SignaturePacket } from 'openpgp'

/**
 * What openpgp.js 6.3.2 (pinned exactly) has in its SignaturePacket but not in its types. This is the only place that
 * names it; sign-packet.test.ts and message.test.ts of main/vault/openpgp fail where it behaves otherwise.
 */
interface SignatureInternals {
  /** A digest known already: `verify` then hashes nothing itself. */
  hashed: Uint8Array | undefined
  /** Random bytes hashed before the data; version 6 only. */
  salt: Uint8Array | null
  params: SignatureParameters
  writeHashedSubPackets(): Uint8Array
  toHash(type: enums.signature, data: object, detached: boolean): Uint8Array
  hash(type: enums.signature, data: object, toHash: Uint8Array, detached: boolean): Promise<Uint8Array>
}

/**
 * The algorithm's own numbers, big endian: RSA `s`; ECDSA, DSA and EdDSALegacy `r` and `s` (EdDSALegacy: both 32
 * bytes); Ed25519 and Ed448 `RS` (64 or 114 bytes).
 */
export type SignatureParameters =
  | { readonly s: Uint8Array }
  | { readonly r: Uint8Array; readonly s: Uint8Array }
  | { readonly RS: Uint8Array }

export const internalsOf = (packet: SignaturePacket): SignaturePacket & SignatureInternals =>
  packet as SignaturePacket & SignatureInternals
