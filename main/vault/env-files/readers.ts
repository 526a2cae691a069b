import type { PublicKeyEncryptedSessionKeyPacket } from 'openpgp'
import type { Certificate, KeyEntry } from '#protocol/keys.ts'
import { dearmored } from '../openpgp/armor.ts'
import { ByteReader, type Bytes } from '../openpgp/byte-reader.ts'
import { held, nextPacket } from '../openpgp/framing.ts'
import { readSessionKeyPacket, type SessionKeyPackets } from '../openpgp/session-keys.ts'

/** Who can read a message, as far as its packets and this keyring say. */
export interface MessageReaders {
  /** Certificates of the keyring, each with the line that it stands on. */
  readonly known: readonly { readonly entry: KeyEntry; readonly certificate: Certificate }[]
  /** Key ids or fingerprints, lower case, that stand nowhere in the keyring; `hidden` for one that is not named. */
  readonly unknown: readonly string[]
  readonly passwords: number
}

interface ToKey {
  readonly publicKeyFingerprint: Uint8Array | null | undefined
  readonly publicKeyID: { isWildcard(): boolean; toHex(): string }
}

/** @throws LibralError `openpgp.malformed`, `openpgp.truncated` */
export async function readersOf(message: Bytes, entries: readonly KeyEntry[]): Promise<MessageReaders> {
  const { toKeys, toPasswords } = await sessionKeysOf(message)
  const named = toKeys.map(nameOf)
  const all = entries.flatMap((entry) => entry.certificates.map((certificate) => ({ entry, certificate })))
  const isOf = (name: string, { parts }: Certificate): boolean =>
    parts.some(({ fingerprint, keyId }) => fingerprint === name || keyId === name)
  return {
    known: all.filter(({ certificate }) => named.some((name) => isOf(name, certificate))),
    unknown: named.filter((name) => !all.some(({ certificate }) => isOf(name, certificate))),
    passwords: toPasswords.length,
  }
}

function nameOf(packet: PublicKeyEncryptedSessionKeyPacket): string {
  const { publicKeyFingerprint, publicKeyID } = packet as unknown as ToKey
  if (publicKeyFingerprint != null) return Buffer.from(publicKeyFingerprint).toString('hex')
  return publicKeyID.isWildcard() ? 'hidden' : publicKeyID.toHex()
}

async function sessionKeysOf(message: Bytes): Promise<SessionKeyPackets> {
  const packets: SessionKeyPackets = { toKeys: [], toPasswords: [] }
  const reader = new ByteReader(dearmored(message))
  for (let packet = await nextPacket(reader); packet !== null; packet = await nextPacket(reader)) {
    if (packet.tag !== 1 && packet.tag !== 3) break
    readSessionKeyPacket(packets, packet.tag, await held(packet))
  }
  await reader.close()
  return packets
}

/**
 * The certificates by which people are to read a file: of an identity with both versions the one that GnuPG reads, so
 * that the other tools of its owner do too.
 */
export const envReaders = (entries: readonly KeyEntry[]): Certificate[] =>
  entries.flatMap(({ certificates }) => {
    const living = certificates.filter(({ revoked }) => revoked === null)
    const chosen = living.find(({ version }) => version === 4) ?? living[0] ?? certificates[0]
    return chosen === undefined ? [] : [chosen]
  })

/** GnuPG knows no version 6: without one of version 4 it opens nothing. */
export const isForGnupg = (certificates: readonly Certificate[]): boolean =>
  certificates.some(({ version }) => version === 4)
