import type { PublicKeyPacket, SignaturePacket } from 'openpgp'
import { equalBytes } from '../bytes.ts'

/** What openpgp.js asks of packet, digest and key before any arithmetic; asked here where native code does that. */
export const isIssuedBy = (packet: SignaturePacket, digest: Uint8Array, key: PublicKeyPacket): boolean =>
  packet.publicKeyAlgorithm === key.algorithm &&
  packet.issuerKeyID.equals(key.getKeyID()) &&
  packet.revocationKeyClass === null &&
  packet.signedHashValue !== null &&
  equalBytes(packet.signedHashValue, digest.subarray(0, 2))
