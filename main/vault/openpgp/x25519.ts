import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import type { PublicKeyEncryptedSessionKeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { unwrapKey, wrapKey } from './aes-key-wrap.ts'
import type { OpenedSessionKey } from './key-access.ts'

/**
 * Session keys to X25519 (RFC 9580, 5.1.6). Natively and at once: openpgp.js asks WebCrypto for ten jobs on other
 * threads, which take several times as long as the arithmetic.
 */

export interface SealedToX25519 {
  /** 32 bytes */
  readonly ephemeral: Uint8Array
  readonly wrapped: Uint8Array
}

/** The private half: what it and a peer's point of 32 bytes agree upon, 32 bytes. */
export type Agree = (point: Uint8Array) => Promise<Uint8Array> | Uint8Array

/** @param point the recipient's, 32 bytes; one with which nothing secret comes about throws */
export function sealToX25519(point: Uint8Array, sessionKey: Uint8Array): SealedToX25519 {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const ephemeral = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-size))
  const shared = diffieHellman({ privateKey, publicKey: publicOf(point) })
  return { ephemeral, wrapped: wrapKey(wrappingKey(ephemeral, point, shared), sessionKey) }
}

/** What openpgp.js reads out of a packet but leaves out of its types. */
interface Fields {
  readonly version: number
  readonly encrypted: {
    readonly ephemeralPublicKey?: Uint8Array
    readonly C?: { readonly wrappedKey?: Uint8Array; readonly algorithm?: number | null }
  }
}

/**
 * @param point of the key itself, which `agree` is the private half of
 * @throws LibralError `openpgp.wrong-key`, and what `agree` throws
 */
export async function openFromX25519(
  packet: PublicKeyEncryptedSessionKeyPacket,
  point: Uint8Array,
  agree: Agree,
): Promise<OpenedSessionKey> {
  const { version, encrypted } = packet as unknown as Fields
  const { wrappedKey, algorithm = null } = encrypted.C ?? {}
  const ephemeral = encrypted.ephemeralPublicKey
  if (ephemeral === undefined || wrappedKey === undefined) throw new LibralError('openpgp.wrong-key')
  const data = unwrapKey(wrappingKey(ephemeral, point, await agree(ephemeral)), wrappedKey)
  if (data === null) throw new LibralError('openpgp.wrong-key')
  return { algorithm: version === 6 ? null : algorithm, data }
}

/** @param secret 32 bytes, as RFC 7748 has them */
export const agreeByX25519 = (secret: Uint8Array, point: Uint8Array): Uint8Array => {
  const der = Buffer.concat([pkcs8, secret])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  return diffieHellman({ privateKey, publicKey: publicOf(point) })
}

const size = 32
/** DER of the two kinds of keys up to their 32 bytes (RFC 8410). */
const spki = Buffer.from('302a300506032b656e032100', 'hex')
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

const publicOf = (point: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([spki, point]), format: 'der', type: 'spki' })

const wrappingKey = (ephemeral: Uint8Array, point: Uint8Array, shared: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', Buffer.concat([ephemeral, point, shared]), new Uint8Array(0), 'OpenPGP X25519', 16))
