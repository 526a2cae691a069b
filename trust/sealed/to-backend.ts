import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'

/**
 * A text that the backend alone reads, sealed where a person typed it: X25519 with a key pair for each box, HKDF-SHA256
 * over both public keys, AES-256-GCM under a key that is used once (the base mode of RFC 9180, in the parts that
 * node:crypto has). What it is for is bound to it, so that a box opens in its own place alone; that it is for this deployment
 * lies in the backend's key, which no other has.
 */

/** PKCS #8 and SPKI (RFC 8410) wrap raw X25519 keys in these fixed prefixes. */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const spkiPrefix = Buffer.from('302a300506032b656e032100', 'hex')
const keyBytes = 32
const tagBytes = 16
/** Used with one key once, so it need not change. */
const nonce = Buffer.alloc(12)
/** Filled up with zeros to a multiple of this: a length tells little. */
const paddedTo = 64

const privateKeyOf = (secret: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8Prefix, secret]), format: 'der', type: 'pkcs8' })
const publicKeyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' })
const rawOf = (key: KeyObject): Uint8Array => fromBase64url(key.export({ format: 'jwk' }).x ?? '')

/** The public key, 32 bytes, of a secret of 32 bytes. */
export const boxKeyOf = (secret: Uint8Array): Uint8Array => rawOf(createPublicKey(privateKeyOf(secret)))

const keyFor = (shared: Buffer, sender: Uint8Array, receiver: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', shared, Buffer.concat([sender, receiver]), 'libral box v1', keyBytes))
const aadOf = (purpose: string): Uint8Array => canonicalBytes(['libral box v1', purpose])

/**
 * @param receiver the backend's public key, 32 bytes
 * @param purpose what it is, in full: `payments paypal clientSecret https://api-m.paypal.com`
 * @throws LibralError `input.invalid`
 */
export const sealToBackend = (receiver: Uint8Array, purpose: string, text: string): string => {
  if (receiver.byteLength !== keyBytes) throw new LibralError('input.invalid', { field: 'key' })
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const sender = rawOf(publicKey)
  const shared = diffieHellman({ privateKey, publicKey: publicKeyOf(receiver) })
  const cipher = createCipheriv('aes-256-gcm', keyFor(shared, sender, receiver), nonce, { authTagLength: tagBytes })
  cipher.setAAD(aadOf(purpose))
  const plain = utf8(text)
  // Its end is told by the length before it.
  const padded = Buffer.alloc(Math.ceil((plain.byteLength + 4) / paddedTo) * paddedTo)
  padded.writeUInt32BE(plain.byteLength)
  padded.set(plain, 4)
  return toBase64url(Buffer.concat([sender, cipher.update(padded), cipher.final(), cipher.getAuthTag()]))
}

/** @param secret the backend's, 32 bytes @throws LibralError `sealed.tampered`: another key, another purpose, or changed */
export const openInBackend = (secret: Uint8Array, purpose: string, box: string): string => {
  try {
    const bytes = fromBase64url(box)
    const sender = bytes.subarray(0, keyBytes)
    const shared = diffieHellman({ privateKey: privateKeyOf(secret), publicKey: publicKeyOf(sender) })
    const key = keyFor(shared, sender, boxKeyOf(secret))
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(aadOf(purpose))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    const padded = Buffer.concat([decipher.update(bytes.subarray(keyBytes, -tagBytes)), decipher.final()])
    return padded.subarray(4, 4 + padded.readUInt32BE()).toString('utf8')
  } catch (cause) {
    throw new LibralError('sealed.tampered', { field: 'box' }, { cause })
  }
}
