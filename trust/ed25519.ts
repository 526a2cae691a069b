import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import type { KeyId } from '#protocol/ids.ts'
import { fromBase64url, sha256, toBase64url } from './bytes.ts'

/** Ed25519 (RFC 8032) over raw keys: session keys, service keys and the log key. */

export interface Signer {
  readonly keyId: KeyId
  /** 32 bytes */
  readonly publicKey: Uint8Array
  /** 64 bytes */
  sign(data: Uint8Array): Uint8Array
}

/** Base64url of the first 16 bytes of SHA-256 over the raw public key. */
export const keyIdOf = (publicKey: Uint8Array): KeyId => toBase64url(sha256(publicKey).subarray(0, 16)) as KeyId

const signerOf = (key: KeyObject): Signer => {
  const publicKey = fromBase64url(key.export({ format: 'jwk' }).x ?? '')
  return { keyId: keyIdOf(publicKey), publicKey, sign: (data) => new Uint8Array(nodeSign(null, data, key)) }
}

/** A new key pair; `secret` is the 32-byte seed, for whoever has to keep it. */
export const generateSigner = (): Signer & { readonly secret: Uint8Array } => {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { ...signerOf(privateKey), secret: fromBase64url(privateKey.export({ format: 'jwk' }).d ?? '') }
}

/** PKCS #8 (RFC 8410) wraps the seed in this fixed prefix. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** @throws LibralError `input.invalid` unless given 32 bytes */
export const signerFromSecret = (secret: Uint8Array): Signer => {
  if (secret.byteLength !== 32) throw new LibralError('input.invalid', { field: 'secret' })
  return signerOf(createPrivateKey({ key: Buffer.concat([pkcs8Prefix, secret]), format: 'der', type: 'pkcs8' }))
}

/** Parsed keys are kept, since parsing costs as much as a signature; bounded so that strangers can't fill memory. */
const parsedKeys = new Map<string, KeyObject>()
const parsedKeysBound = 4_096

const publicKeyOf = (raw: Uint8Array): KeyObject => {
  const x = toBase64url(raw)
  const known = parsedKeys.get(x)
  if (known) return known
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  if (parsedKeys.size >= parsedKeysBound) parsedKeys.clear()
  parsedKeys.set(x, key)
  return key
}

/** At once, for who has a thread of its own, or on the thread pool: {@link verifySync}, {@link verify}. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>

/** false for a wrong signature and for a key or signature of the wrong size. */
export const verifySync = (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean =>
  publicKey.byteLength === 32 &&
  signature.byteLength === 64 &&
  nodeVerify(null, data, publicKeyOf(publicKey), signature)

/** As {@link verifySync}, on the thread pool. */
export const verify = (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> => {
  if (publicKey.byteLength !== 32 || signature.byteLength !== 64) return Promise.resolve(false)
  return new Promise((resolve) => {
    nodeVerify(null, data, publicKeyOf(publicKey), signature, (error, valid) => resolve(!error && valid))
  })
}
