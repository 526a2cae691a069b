import { type Key, PrivateKey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { gnupg, modern } from '../openpgp/config.ts'

/**
 * Adds a new encryption subkey. Peers take the newest; the old one stays for what was encrypted to it.
 * @throws LibralError `keys.not-own` where the primary key is not in memory
 */
export async function rotate(key: Key, now: number): Promise<Key> {
  if (!(key instanceof PrivateKey) || !key.isDecrypted()) throw new LibralError('keys.not-own')
  const date = new Date(Math.floor(now / 1000) * 1000)
  const end = await key.getExpirationTime(undefined, policy)
  const v6 = key.keyPacket.version === 6
  return key.addSubkey({
    date,
    ...(v6 ? {} : companionSubkey(key)),
    ...(end instanceof Date && { keyExpirationTime: Math.round((end.getTime() - date.getTime()) / 1000) }),
    config: v6 ? modern : gnupg,
  })
}

const companionSubkey = (key: Key) => {
  const { algorithm } = key.getAlgorithmInfo()
  return algorithm === 'eddsaLegacy' ? { type: 'ecc' as const, curve: 'curve25519Legacy' as const } : {}
}
