import type { PublicKey, PublicKeyPacket, PublicSubkeyPacket } from 'openpgp'
import type { KeyAccess } from '../openpgp/key-access.ts'
import type { ExternalKey } from './external-key.ts'
import { signatureParameters } from './numbers.ts'
import { openWithExternal } from './session-key.ts'

/** Lets a key that lies elsewhere sign and open as one of this certificate's keys. */
export const externalAccess = (
  key: ExternalKey,
  certificate: PublicKey,
  shown: PublicKeyPacket | PublicSubkeyPacket,
): KeyAccess => {
  const { sign } = key
  const opens = key.unwrap !== undefined || key.agree !== undefined
  return {
    certificate,
    key: shown,
    ...(sign !== undefined && {
      signDigest: async (hash: number, digest: Uint8Array) =>
        signatureParameters(shown.algorithm, await sign(hash, digest)),
    }),
    ...(opens && { openSessionKey: (packet) => openWithExternal(key, shown, packet) }),
  }
}
