import { constants, createPrivateKey, privateEncrypt } from 'node:crypto'
import {
  enums,
  type PrivateKey,
  type PublicKeyEncryptedSessionKeyPacket,
  type PublicKeyPacket,
  type PublicSubkeyPacket,
  SecretKeyPacket,
  type SecretSubkeyPacket,
  SignaturePacket,
} from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { internalsOf, type SignatureParameters } from '#trust/openpgp/internals.ts'
import { modern } from './config.ts'
import type { KeyAccess, OpenedSessionKey } from './key-access.ts'
import { agreeByX25519, openFromX25519 } from './x25519.ts'

type SecretPacket = SecretKeyPacket | SecretSubkeyPacket

/**
 * Access to every key packet of an unlocked private key; packets that are locked or without private part are left out.
 */
export function softwareAccess(key: PrivateKey): readonly KeyAccess[] {
  const certificate = key.toPublic()
  return key.getKeys().flatMap(({ keyPacket: secret }) => {
    const fingerprint = secret.getFingerprint()
    const shown = certificate.getKeys().find(({ keyPacket }) => keyPacket.getFingerprint() === fingerprint)
    if (!isSecret(secret) || shown === undefined) return []
    return [
      {
        certificate,
        key: shown.keyPacket as PublicKeyPacket | PublicSubkeyPacket,
        signDigest: (hash: enums.hash, digest: Uint8Array) => signDigest(secret, hash, digest),
        openSessionKey: (packet: PublicKeyEncryptedSessionKeyPacket) => openSessionKey(secret, packet),
      },
    ]
  })
}

const isSecret = (packet: object): packet is SecretPacket =>
  packet instanceof SecretKeyPacket && packet.isDecrypted() && !packet.isMissingSecretKeyMaterial()

const isRsa = (algorithm: enums.publicKey): boolean =>
  algorithm === enums.publicKey.rsaEncryptSign || algorithm === enums.publicKey.rsaSign

async function signDigest(key: SecretPacket, hash: enums.hash, digest: Uint8Array): Promise<SignatureParameters> {
  if (isRsa(key.algorithm)) return { s: signRsa(key, hash, digest) }
  // The library signs digests only from within a packet; one that takes the digest for its data's serves as the way in.
  const scratch = new SignaturePacket()
  const inner = internalsOf(scratch)
  scratch.signatureType = enums.signature.binary
  scratch.hashAlgorithm = hash
  scratch.publicKeyAlgorithm = key.algorithm
  inner.toHash = () => undefined as unknown as Uint8Array
  inner.hash = () => Promise.resolve(digest)
  const sign = scratch.sign as (
    key: SecretPacket,
    data: object,
    date: Date,
    detached: boolean,
    config: object,
  ) => Promise<void>
  await sign.call(scratch, key, {}, new Date(), true, modern)
  return inner.params
}

/** DER of DigestInfo up to the digest (RFC 8017, section 9.2). */
const digestInfo: Partial<Record<enums.hash, string>> = {
  [enums.hash.sha256]: '3031300d060960864801650304020105000420',
  [enums.hash.sha384]: '3041300d060960864801650304020205000430',
  [enums.hash.sha512]: '3051300d060960864801650304020305000440',
}

/** Natively: the library would raise the number itself, a hundred times slower. */
function signRsa(key: SecretPacket, hash: enums.hash, digest: Uint8Array): Uint8Array {
  const prefix = digestInfo[hash]
  if (prefix === undefined) throw new LibralError('openpgp.unsupported', { what: 'hash', id: hash })
  const part = { ...key.publicParams, ...key.privateParams } as Readonly<
    Record<'n' | 'e' | 'd' | 'p' | 'q', Uint8Array>
  >
  const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  const text = (value: bigint): string => {
    const hex = value.toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
  }
  const [d, p, q] = [number(part.d), number(part.p), number(part.q)]
  const jwk = {
    kty: 'RSA',
    n: text(number(part.n)),
    e: text(number(part.e)),
    d: text(d),
    p: text(p),
    q: text(q),
    dp: text(d % (p - 1n)),
    dq: text(d % (q - 1n)),
    qi: text(inverse(q, p)),
  }
  const native = createPrivateKey({ key: jwk, format: 'jwk' })
  const padded = { key: native, padding: constants.RSA_PKCS1_PADDING }
  return new Uint8Array(privateEncrypt(padded, Buffer.concat([Buffer.from(prefix, 'hex'), digest])))
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (a > 1n) {
    const quotient = b / a
    ;[a, b, x, y] = [b % a, a, y - quotient * x, x]
  }
  return ((x % modulus) + modulus) % modulus
}

interface SessionKeyPacketInternals {
  readonly version: number
  readonly sessionKeyAlgorithm: enums.symmetric | null
  readonly sessionKey: Uint8Array | null
  decrypt(key: SecretPacket, random: object | null): Promise<void>
}

async function openSessionKey(
  key: SecretPacket,
  packet: PublicKeyEncryptedSessionKeyPacket,
): Promise<OpenedSessionKey> {
  try {
    return await (key.algorithm === enums.publicKey.x25519 ? openX25519(key, packet) : openByLibrary(key, packet))
  } catch (cause) {
    throw new LibralError('openpgp.wrong-key', {}, { cause })
  }
}

function openX25519(key: SecretPacket, packet: PublicKeyEncryptedSessionKeyPacket): Promise<OpenedSessionKey> {
  const { A, k } = { ...key.publicParams, ...key.privateParams } as Readonly<Record<'A' | 'k', Uint8Array>>
  return openFromX25519(packet, A, (point) => agreeByX25519(k, point))
}

async function openByLibrary(key: SecretPacket, packet: PublicKeyEncryptedSessionKeyPacket): Promise<OpenedSessionKey> {
  const inner = packet as unknown as SessionKeyPacketInternals
  await inner.decrypt(key, null)
  if (inner.sessionKey === null) throw new LibralError('openpgp.wrong-key')
  return { algorithm: inner.version === 6 ? null : inner.sessionKeyAlgorithm, data: inner.sessionKey }
}
