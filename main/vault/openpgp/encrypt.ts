import { randomBytes } from 'node:crypto'
import {
  enums,
  type PublicKey,
  PublicKeyEncryptedSessionKeyPacket,
  type Subkey,
  SymEncryptedSessionKeyPacket,
} from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { Bytes } from './byte-reader.ts'
import { gnupg, modern } from './config.ts'
import type { Source } from './decrypt.ts'
import { packetAround, packetOf } from './framing.ts'
import type { SigningAccess } from './key-access.ts'
import { type Recipient, recipientOf, refuseUnreadable } from './recipients.ts'
import { sealSeipd1 } from './seipd1.ts'
import { sealSeipd2 } from './seipd2.ts'
import { plainMessage, signedMessage } from './sign.ts'
import { sealToX25519 } from './x25519.ts'

export interface EncryptOptions {
  readonly recipients: readonly PublicKey[]
  readonly passwords?: readonly string[]
  readonly signers?: readonly SigningAccess[]
  readonly filename?: string
  /** The document is text, and is signed with normalised line ends. */
  readonly text?: boolean
  readonly date?: Date
  /** For a password that GnuPG 2.2 must be able to use: SEIPDv1 and iterated S2K also where nobody asks for it. */
  readonly forGnupg?: boolean
  readonly onSessionKey?: (algorithm: enums.symmetric, key: Uint8Array) => void
}

const cipher = enums.symmetric.aes256
/**
 * Encrypts a document of any size: SEIPDv2 with AES-256-OCB where every recipient can read it, else SEIPDv1.
 * @returns the binary message in pieces, each to be used before the next is asked for
 * @throws LibralError `openpgp.recipient-unusable` and `openpgp.peer-reads-no-v6` (with the fingerprint), before anything
 *   is read
 */
export async function* encryptMessage(
  source: Source,
  options: EncryptOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const date = options.date ?? new Date()
  const passwords = options.passwords ?? []
  if (options.recipients.length + passwords.length === 0)
    throw new LibralError('openpgp.recipient-unusable', { reason: 'nobody' })
  const recipients = await Promise.all(options.recipients.map((it) => recipientOf(it, date)))
  const newer = options.forGnupg !== true && recipients.every(({ readsSeipd2 }) => readsSeipd2)
  refuseUnreadable(recipients, options.signers ?? [], options.forGnupg === true)
  const sessionKey = new Uint8Array(randomBytes(32))
  options.onSessionKey?.(cipher, sessionKey)
  for (const it of recipients) yield packetOf(1, await toRecipient(it, sessionKey, newer))
  for (const password of passwords) yield packetOf(3, await toPassword(password, sessionKey, newer))
  const inner = messageOf(source, options, date)
  yield* packetAround(18, newer ? sealSeipd2(inner, sessionKey) : sealSeipd1(inner, sessionKey))
  sessionKey.fill(0)
}

function messageOf(source: Source, options: EncryptOptions, date: Date): Bytes {
  const { signers = [], filename = '', text = false } = options
  if (signers.length === 0) return plainMessage(source, filename, text)
  return signedMessage(source, { signers, filename, date, text })
}

/** A certificate may be in order and its point be one that agrees upon nothing. */
async function toRecipient(
  { certificate, key }: Recipient,
  sessionKey: Uint8Array,
  newer: boolean,
): Promise<Uint8Array> {
  try {
    return await toKey(key, sessionKey, newer)
  } catch (cause) {
    const fingerprint = certificate.getFingerprint().toUpperCase()
    throw new LibralError('openpgp.recipient-unusable', { fingerprint }, { cause })
  }
}

async function toKey({ keyPacket }: PublicKey | Subkey, sessionKey: Uint8Array, newer: boolean): Promise<Uint8Array> {
  const packet = Object.assign(new PublicKeyEncryptedSessionKeyPacket(), {
    version: newer ? 6 : 3,
    publicKeyID: keyPacket.getKeyID(),
    publicKeyVersion: keyPacket.version,
    publicKeyFingerprint: keyPacket.getFingerprintBytes(),
    publicKeyAlgorithm: keyPacket.algorithm,
    sessionKey,
    sessionKeyAlgorithm: newer ? null : cipher,
  }) as unknown as { encrypt(key: object): Promise<void>; write(): Uint8Array; encrypted: object }
  if (keyPacket.algorithm === enums.publicKey.x25519) packet.encrypted = fieldsOfX25519(keyPacket, sessionKey, newer)
  else await packet.encrypt(keyPacket)
  return packet.write()
}

/** As the packet writes them, one after another; version 3 names the cipher before the wrapped key (RFC 9580, 5.1.6). */
function fieldsOfX25519(
  { publicParams }: PublicKey['keyPacket'] | Subkey['keyPacket'],
  sessionKey: Uint8Array,
  newer: boolean,
): object {
  const { A } = publicParams as { readonly A: Uint8Array }
  const { ephemeral, wrapped } = sealToX25519(A, sessionKey)
  const named = newer ? wrapped : Uint8Array.of(cipher, ...wrapped)
  return { ephemeral, C: Uint8Array.of(named.byteLength, ...named) }
}

async function toPassword(password: string, sessionKey: Uint8Array, newer: boolean): Promise<Uint8Array> {
  const config = newer ? modern : gnupg
  const Packet = SymEncryptedSessionKeyPacket as unknown as new (config: object) => object
  const packet = Object.assign(new Packet(config), {
    sessionKey,
    sessionKeyAlgorithm: cipher,
    sessionKeyEncryptionAlgorithm: cipher,
  }) as unknown as { encrypt(password: string, config: object): Promise<void>; write(): Uint8Array }
  await packet.encrypt(password, config)
  return packet.write()
}
