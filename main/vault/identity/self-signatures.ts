import {
  armor,
  enums,
  type Key,
  PacketList,
  type PublicKey,
  readKey,
  type SignaturePacket,
  UserIDPacket,
} from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { isUserRevoked, latestBinding, primarySelfSignature } from '../keyring/facts.ts'
import type { SigningAccess } from '../openpgp/key-access.ts'
import { newSignature, type SignatureFields, signPacket } from '../openpgp/sign-packet.ts'

/**
 * Renewed self-signatures. Old ones stay: what was signed under them is judged at its own time. `access` is the
 * primary key's, wherever it lies.
 */

const hash = enums.hash.sha512

/** Sets the end of a certificate and of its living subkeys; null: no end. */
export async function extend(key: Key, access: SigningAccess, end: Date | null): Promise<Key> {
  const copy = await cloned(key)
  if (copy.keyPacket.version === 6) await renewDirect(copy, access, end)
  else await renewUsers(copy, access, end)
  for (const subkey of copy.subkeys) {
    const binding = await latestBinding(subkey)
    if (binding === null || subkey.revocationSignatures.length > 0) continue
    const fields = { ...copied(binding), ...ending(subkey.getCreationTime(), end) }
    const made = newSignature(enums.signature.subkeyBinding, hash, fields)
    await signPacket(made, access, { key: copy.keyPacket, bind: subkey.keyPacket })
    // Among signatures of one second the library takes the first.
    subkey.bindingSignatures.unshift(made)
  }
  return cloned(copy)
}

async function renewDirect(key: Key, access: SigningAccess, end: Date | null): Promise<void> {
  const self = await primarySelfSignature(key)
  if (self === null) throw new LibralError('keys.unsupported')
  const made = newSignature(enums.signature.key, hash, { ...copied(self), ...ending(key.getCreationTime(), end) })
  await signPacket(made, access, { key: key.keyPacket })
  directSignatures(key).unshift(made)
}

async function renewUsers(key: Key, access: SigningAccess, end: Date | null): Promise<void> {
  for (const user of key.users) {
    const before = user.selfCertifications.at(0)
    if (user.userID === null || before === undefined || (await isUserRevoked(user))) continue
    const latest = user.selfCertifications.reduce((a, b) => ((b.created ?? 0) > (a.created ?? 0) ? b : a), before)
    const fields = { ...copied(latest), ...ending(key.getCreationTime(), end) }
    const made = newSignature(enums.signature.certPositive, hash, fields)
    await signPacket(made, access, { userID: user.userID, key: key.keyPacket })
    user.selfCertifications.unshift(made)
  }
}

/** @throws LibralError `keys.user-id-exists` */
export async function addUserId(key: Key, access: SigningAccess, name: string, email: string): Promise<Key> {
  const user = UserIDPacket.fromObject({ name, email })
  if (key.users.some((it) => it.userID?.userID === user.userID)) throw new LibralError('keys.user-id-exists')
  const self = await primarySelfSignature(key)
  const fields = key.keyPacket.version === 6 || self === null ? {} : { ...copied(self), isPrimaryUserID: null }
  const made = newSignature(enums.signature.certPositive, hash, fields)
  await signPacket(made, access, { userID: user, key: key.keyPacket })
  const packets = [...key.toPacketList()]
  const isSubkey = (it: object): boolean =>
    tagOf(it) === enums.packet.publicSubkey || tagOf(it) === enums.packet.secretSubkey
  const at = packets.findIndex(isSubkey)
  const list = new PacketList()
  list.push(...packets.slice(0, at < 0 ? packets.length : at), user, made, ...(at < 0 ? [] : packets.slice(at)))
  return parsed(list.write())
}

/** @throws LibralError `keys.user-id-unknown`, `keys.last-user-id` */
export async function revokeUserId(key: Key, access: SigningAccess, text: string): Promise<Key> {
  const copy = await cloned(key)
  const user = copy.users.find((it) => it.userID?.userID === text)
  if (user?.userID == null) throw new LibralError('keys.user-id-unknown')
  const living = await Promise.all(copy.users.map(async (it) => it.userID !== null && !(await isUserRevoked(it))))
  if (living.filter(Boolean).length < 2) throw new LibralError('keys.last-user-id')
  const made = newSignature(enums.signature.certRevocation, hash, {
    reasonForRevocationFlag: enums.reasonForRevocation.userIDInvalid,
    reasonForRevocationString: '',
  })
  await signPacket(made, access, { userID: user.userID, key: copy.keyPacket })
  user.revocationSignatures.push(made)
  return cloned(copy)
}

const flags = {
  compromised: enums.reasonForRevocation.keyCompromised,
  retired: enums.reasonForRevocation.keyRetired,
  superseded: enums.reasonForRevocation.keySuperseded,
  unspecified: enums.reasonForRevocation.noReason,
} as const

export async function revoke(key: Key, access: SigningAccess, reason: keyof typeof flags, text: string): Promise<Key> {
  const copy = await cloned(key)
  copy.revocationSignatures.push(await revocationOf(copy, access, reason, text))
  return cloned(copy)
}

/** What revokes a certificate on the day its secret key is lost: armored, to be kept elsewhere. */
export async function revocationCertificate(key: Key, access: SigningAccess): Promise<string> {
  const list = new PacketList<SignaturePacket>()
  list.push(await revocationOf(key, access, 'unspecified', ''))
  return armor(enums.armor.publicKey, list.write(), undefined, undefined, 'This is a revocation certificate')
}

function revocationOf(
  key: Key,
  access: SigningAccess,
  reason: keyof typeof flags,
  text: string,
): Promise<SignaturePacket> {
  const made = newSignature(enums.signature.keyRevocation, hash, {
    reasonForRevocationFlag: flags[reason],
    // The library reads UTF-8 here, but writes one byte for each UTF-16 unit.
    reasonForRevocationString: Buffer.from(text, 'utf8').toString('latin1'),
  })
  return signPacket(made, access, { key: key.keyPacket })
}

const directSignatures = (key: Key): SignaturePacket[] =>
  (key as unknown as { readonly directSignatures: SignaturePacket[] }).directSignatures

const tagOf = (packet: object): number => (packet.constructor as unknown as { readonly tag: number }).tag

const parsed = (bytes: Uint8Array): Promise<Key> => readKey({ binaryKey: bytes, config: policy })
const cloned = (key: Key | PublicKey): Promise<Key> => parsed(key.write())

/** What a renewed signature takes over from the one before it. */
const copied = (from: SignaturePacket): SignatureFields => ({
  keyFlags: from.keyFlags,
  features: from.features,
  preferredSymmetricAlgorithms: from.preferredSymmetricAlgorithms,
  preferredHashAlgorithms: from.preferredHashAlgorithms,
  preferredCompressionAlgorithms: from.preferredCompressionAlgorithms,
  isPrimaryUserID: from.isPrimaryUserID,
  embeddedSignature: from.embeddedSignature,
  ...('preferredCipherSuites' in from && {
    preferredCipherSuites: from.preferredCipherSuites as Required<SignatureFields>['preferredCipherSuites'],
  }),
})

/** RFC 9580, section 5.2.3.13: seconds after the key's own creation. */
const ending = (created: Date, end: Date | null): SignatureFields =>
  end === null
    ? { keyExpirationTime: null, keyNeverExpires: null }
    : { keyExpirationTime: Math.round((end.getTime() - created.getTime()) / 1000), keyNeverExpires: false }
