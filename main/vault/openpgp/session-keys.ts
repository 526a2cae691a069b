import { type Config, type enums, PublicKeyEncryptedSessionKeyPacket, SymEncryptedSessionKeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { Argon2Budget, type S2kInternals } from './argon2-cost.ts'
import { modern } from './config.ts'
import type { OpenedSessionKey, OpeningAccess } from './key-access.ts'

/** What may open a message. */
export interface Openers {
  readonly keys?: readonly OpeningAccess[]
  readonly passwords?: readonly string[]
  /** Known already, as `gpg --override-session-key` takes it. */
  readonly sessionKeys?: readonly OpenedSessionKey[]
  /** Lifts the cap of 1 GiB (and of the work above it) for one message that a person vouches for. */
  readonly allowInsecureArgon2Memory?: boolean
}

export interface OpenedMessageKey extends OpenedSessionKey {
  /** Fingerprint of the key that opened it; null: a password or a given session key. */
  readonly by: string | null
}

/** Encrypted session keys before one piece of encrypted data. */
export interface SessionKeyPackets {
  readonly toKeys: PublicKeyEncryptedSessionKeyPacket[]
  readonly toPasswords: SymEncryptedSessionKeyPacket[]
}

/** So many packets are looked at; a message to more is refused rather than tried for minutes. */
export const sessionKeyLimit = 1024
/** Packets that name nobody are tried with every key: on a card each try takes a fifth of a second. */
const keyTries = 32
const passwordTries = 8

interface ToKey {
  readonly version: number
  readonly publicKeyAlgorithm: number
  readonly publicKeyFingerprint: Uint8Array | null
  readonly publicKeyID: { equals(other: object): boolean; isWildcard(): boolean }
}
interface ToPassword {
  readonly version: number
  /** The message's own key under the password; null where the password makes that key itself. */
  readonly encrypted: Uint8Array | null
  readonly sessionKey: Uint8Array | null
  readonly sessionKeyAlgorithm: number | null
  readonly s2k: S2kInternals
  decrypt(password: string, config: Config): Promise<void>
}

/** Packets of unknown versions or algorithms are for somebody else: left out. */
export function readSessionKeyPacket(into: SessionKeyPackets, tag: number, body: Uint8Array): void {
  if (into.toKeys.length + into.toPasswords.length >= sessionKeyLimit)
    throw new LibralError('openpgp.too-large', { limit: sessionKeyLimit })
  try {
    const packet = tag === 1 ? new PublicKeyEncryptedSessionKeyPacket() : new SymEncryptedSessionKeyPacket()
    packet.read(body)
    if (packet instanceof PublicKeyEncryptedSessionKeyPacket) into.toKeys.push(packet)
    else into.toPasswords.push(packet)
  } catch {
    return
  }
}

/**
 * @param version of the encrypted data; only session keys of the matching version count (RFC 9580, 10.3.2.1)
 * @param fits whether a session key can be the right one, where that shows before all is read
 * @throws LibralError `openpgp.wrong-key`, `openpgp.password-wrong`, `openpgp.argon2-too-costly`, `openpgp.too-large`
 *   for more tries than anybody needs, and what a card says
 */
export async function openSessionKey(
  packets: SessionKeyPackets,
  openers: Openers,
  version: 1 | 2,
  fits: (key: OpenedSessionKey) => Promise<boolean>,
): Promise<OpenedMessageKey> {
  for (const key of openers.sessionKeys ?? []) if (await fits(key)) return { ...key, by: null }
  const byKey = await withKeys(packets.toKeys, openers.keys ?? [], version, fits)
  if (byKey !== null) return byKey
  const passwords = openers.passwords ?? []
  const forPasswords = packets.toPasswords.filter((it) => inner(it).version === (version === 2 ? 6 : 4))
  if (passwords.length === 0 || forPasswords.length === 0)
    throw new LibralError('openpgp.wrong-key', { password: forPasswords.length > 0 })
  return withPasswords(forPasswords, passwords, openers.allowInsecureArgon2Memory ?? false, fits)
}

const inner = (packet: SymEncryptedSessionKeyPacket): ToPassword => packet as unknown as ToPassword

async function withKeys(
  packets: readonly PublicKeyEncryptedSessionKeyPacket[],
  keys: readonly OpeningAccess[],
  version: 1 | 2,
  fits: (key: OpenedSessionKey) => Promise<boolean>,
): Promise<OpenedMessageKey | null> {
  let failure: unknown = null
  let tries = 0
  for (const packet of packets) {
    const to = packet as unknown as ToKey
    if (to.version !== (version === 2 ? 6 : 3)) continue
    for (const access of keys.filter((it) => isFor(to, it))) {
      if (tries++ >= keyTries) throw new LibralError('openpgp.too-large', { limit: keyTries })
      try {
        const opened = await access.openSessionKey(packet)
        if (await fits(opened)) return { ...opened, by: access.key.getFingerprint() }
      } catch (thrown) {
        // A card that is missing says more than "no key"; a key that merely does not fit says nothing.
        if (!(thrown instanceof LibralError && thrown.code === 'openpgp.wrong-key')) failure = thrown
      }
    }
  }
  if (failure !== null) throw failure
  return null
}

function isFor(to: ToKey, { key }: OpeningAccess): boolean {
  if (to.publicKeyAlgorithm !== key.algorithm) return false
  if (to.publicKeyID.isWildcard()) return true
  const fingerprint = to.publicKeyFingerprint
  if (fingerprint === null || fingerprint === undefined) return to.publicKeyID.equals(key.getKeyID())
  return Buffer.from(fingerprint).equals(key.getFingerprintBytes() ?? new Uint8Array(0))
}

async function withPasswords(
  packets: readonly SymEncryptedSessionKeyPacket[],
  passwords: readonly string[],
  unlimited: boolean,
  fits: (key: OpenedSessionKey) => Promise<boolean>,
): Promise<OpenedMessageKey> {
  const budget = new Argon2Budget(unlimited)
  const config = { ...modern, maxArgon2MemoryExponent: budget.memoryExponent }
  let tries = 0
  for (const packet of packets.map(inner)) {
    for (const password of passwords) {
      if (tries++ >= passwordTries) throw new LibralError('openpgp.password-wrong')
      budget.spend(packet.s2k)
      const opened = await withPassword(packet, password, config)
      if (opened !== null && (await fitsWith(packet, opened, fits))) return { ...opened, by: null }
    }
  }
  throw new LibralError('openpgp.password-wrong')
}

/** What a wrong password makes of an encrypted key may be any cipher's: only one that the packet itself names is told. */
async function fitsWith(
  { encrypted }: ToPassword,
  opened: OpenedSessionKey,
  fits: (key: OpenedSessionKey) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await fits(opened)
  } catch (thrown) {
    if (encrypted !== null && thrown instanceof LibralError && thrown.code === 'openpgp.unsupported') return false
    throw thrown
  }
}

async function withPassword(packet: ToPassword, password: string, config: Config): Promise<OpenedSessionKey | null> {
  try {
    await packet.decrypt(password, config)
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'Argon2OutOfMemoryError')
      throw new LibralError('openpgp.argon2-too-costly', {}, { cause })
    return null
  }
  if (packet.sessionKey === null) return null
  return {
    algorithm: packet.version === 6 ? null : (packet.sessionKeyAlgorithm as enums.symmetric),
    data: packet.sessionKey,
  }
}
