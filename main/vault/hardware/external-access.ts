import { enums, type PublicKey, type PublicKeyPacket, type PublicSubkeyPacket } from 'openpgp'
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
      signDigest: async (hash: number, digest: Uint8Array) => {
        // ECDSA takes the leftmost bits of a digest; hardware wants just these, and no other length.
        const whole = key.public.kind !== 'nistp256' || digest.length <= 32
        const numbers = whole ? sign(hash, digest) : sign(enums.hash.sha256, digest.subarray(0, 32))
        return signatureParameters(shown.algorithm, await numbers)
      },
    }),
    ...(opens && { openSessionKey: (packet) => openWithExternal(key, shown, packet) }),
  }
}
