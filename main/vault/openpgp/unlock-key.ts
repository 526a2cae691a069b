import { type Config, decryptKey, type PrivateKey } from 'openpgp'
import { policy } from '#trust/openpgp/policy.ts'
import { Argon2Budget, type S2kInternals } from './argon2-cost.ts'

export interface UnlockOptions {
  /** Lifts the cap of 1 GiB (and of the work above it) for one key that a person vouches for. */
  readonly allowInsecureArgon2Memory?: boolean
}

/**
 * Opens every part of a secret key that is under a passphrase.
 * @returns null for a wrong passphrase
 * @throws LibralError `openpgp.argon2-too-costly`, before anything is computed
 */
export async function unlockKey(
  key: PrivateKey,
  passphrase: string,
  { allowInsecureArgon2Memory = false }: UnlockOptions = {},
): Promise<PrivateKey | null> {
  const budget = new Argon2Budget(allowInsecureArgon2Memory)
  for (const { keyPacket } of key.getKeys()) budget.spend((keyPacket as unknown as { s2k: S2kInternals | null }).s2k)
  const config: Config = { ...policy, maxArgon2MemoryExponent: budget.memoryExponent }
  return decryptKey({ privateKey: key, passphrase, config }).catch(() => null)
}
