import { type Key, readKeys } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '../openpgp/policy.ts'
import { parseAddress, sameAddress, type WkdAddress } from './address.ts'

/** The address in a user id: `Name <a@b>` or the bare address; null when there is none. */
export const addressOf = (userId: string): WkdAddress | null => {
  const inside = /<([^<>]+)>\s*$/.exec(userId)?.[1] ?? userId
  try {
    return parseAddress(inside)
  } catch {
    return null
  }
}

/**
 * Only the user ids of this address; a certificate without one is left out. Private parts never pass.
 * @param certificates as read
 */
export const keptFor = (certificates: readonly Key[], address: WkdAddress): Key[] =>
  certificates.flatMap((certificate) => {
    const shown = certificate.toPublic()
    shown.users = shown.users.filter((user) => {
      const own = user.userID && addressOf(user.userID.userID)
      return own && sameAddress(own, address)
    })
    return shown.users.length === 0 ? [] : [shown]
  })

/**
 * Reads what a directory answered: certificates in binary form, several for one address one after another.
 * @throws LibralError `wkd.malformed`, or `wkd.other-address` when none has a user id of the address
 */
export const readAnswer = async (binary: Uint8Array, address: WkdAddress): Promise<Key[]> => {
  let read: Key[]
  try {
    read = await readKeys({ binaryKeys: binary, config: policy })
  } catch (cause) {
    throw new LibralError('wkd.malformed', {}, { cause })
  }
  const kept = keptFor(read, address)
  if (kept.length === 0) throw new LibralError(read.length === 0 ? 'wkd.malformed' : 'wkd.other-address')
  return kept
}
