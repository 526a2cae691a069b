import {
  constants,
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { objectsIn, Refused, sw } from './apdu.ts'
import { firstWith, tlv } from './tlv.ts'

/** Algorithm attributes (OpenPGP card 3.4, section 4.4.3.9): algorithm id, then bit lengths or the curve's OID. */
export const attributes = Object.freeze({
  rsa2048: Buffer.from('010800002000', 'hex'),
  rsa4096: Buffer.from('011000002000', 'hex'),
  ed25519: Buffer.from('162b06010401da470f01', 'hex'),
  cv25519: Buffer.from('122b060104019755010501', 'hex'),
  ecdsaP256: Buffer.from('132a8648ce3d030107', 'hex'),
  ecdhP256: Buffer.from('122a8648ce3d030107', 'hex'),
})

type Algorithm = 'rsa' | 'ed25519' | 'x25519' | 'p256'

/** What attributes ask for; a trailing 0xff (public key wanted at import) is ignored. */
export const algorithmOf = (attribute: Buffer): Algorithm => {
  const same = (known: Buffer): boolean => attribute.subarray(0, known.length).equals(known)
  if (attribute[0] === 1) return 'rsa'
  if (same(attributes.ed25519)) return 'ed25519'
  if (same(attributes.cv25519)) return 'x25519'
  if (same(attributes.ecdsaP256) || same(attributes.ecdhP256)) return 'p256'
  throw new Refused(sw.wrongData)
}

/** Makes the private key that the attributes ask for. */
export const generate = (attribute: Buffer): KeyObject => {
  switch (algorithmOf(attribute)) {
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: attribute.readUInt16BE(1) }).privateKey
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'x25519':
      return generateKeyPairSync('x25519').privateKey
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  }
}

const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')

/** The public key as the object 7F49: modulus and exponent, a point with its 04, or 32 bytes of a 25519 curve. */
export const publicTemplate = (key: KeyObject): Buffer => {
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  if (jwk.kty === 'RSA') return tlv(0x7f49, tlv(0x81, bytes(jwk.n)), tlv(0x82, bytes(jwk.e)))
  const point = jwk.kty === 'OKP' ? bytes(jwk.x) : Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)])
  return tlv(0x7f49, tlv(0x86, point))
}

/**
 * Signs what the host prepared: a DigestInfo for RSA, a digest for ECDSA (answered as r ‖ s), a digest as the message
 * for EdDSA.
 */
export const signPrepared = (key: KeyObject, input: Buffer): Buffer => {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, input)
    case 'ed25519':
      return sign(null, input, key)
    case 'ec':
      return Buffer.from(p256.sign(input, bytes(key.export({ format: 'jwk' }).d), { prehash: false, lowS: false }))
    default:
      throw new Refused(sw.conditions)
  }
}

/** PSO:DECIPHER: 00 and the cryptogram for RSA, A6{7F49{86 point}} for ECDH (section 7.2.11). */
export const decipher = (key: KeyObject, input: Buffer): Buffer => {
  if (key.asymmetricKeyType === 'rsa') return decipherRsa(key, input)
  const outer = firstWith(objectsIn(input), 0xa6)
  const inner = outer && firstWith(objectsIn(outer), 0x7f49)
  const point = inner && firstWith(objectsIn(inner), 0x86)
  if (point === undefined) throw new Refused(sw.wrongData)
  try {
    return diffieHellman({ privateKey: key, publicKey: peer(key, point) })
  } catch {
    throw new Refused(sw.wrongData)
  }
}

const decipherRsa = (key: KeyObject, input: Buffer): Buffer => {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, input.subarray(1))
  } catch {
    throw new Refused(sw.wrongData)
  }
}

const peer = (key: KeyObject, point: Buffer): KeyObject => {
  const text = (part: Buffer): string => part.toString('base64url')
  const jwk: JsonWebKey =
    key.asymmetricKeyType === 'x25519'
      ? { kty: 'OKP', crv: 'X25519', x: text(point.length === 33 ? point.subarray(1) : point) }
      : { kty: 'EC', crv: 'P-256', x: text(point.subarray(1, 33)), y: text(point.subarray(33)) }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** Parts of an imported key by their tags (section 4.4.3.12): 91 e, 92 p or the scalar, 93 q. */
export const importParts = (attribute: Buffer, parts: ReadonlyMap<number, Buffer>): KeyObject => {
  const part = (tag: number): Buffer => {
    const found = parts.get(tag)
    if (found === undefined || found.length === 0) throw new Refused(sw.wrongData)
    return found
  }
  switch (algorithmOf(attribute)) {
    case 'rsa':
      return rsaFrom(part(0x91), part(0x92), part(0x93))
    case 'ed25519':
      return pkcs8('302e020100300506032b657004220420', part(0x92))
    case 'x25519':
      // GnuPG hands the scalar over with its most significant byte first.
      return pkcs8('302e020100300506032b656e04220420', Buffer.from(part(0x92)).reverse())
    case 'p256':
      return p256From(part(0x92))
  }
}

const pkcs8 = (prefix: string, secret: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([Buffer.from(prefix, 'hex'), secret]), format: 'der', type: 'pkcs8' })

const p256From = (scalar: Buffer): KeyObject => {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(scalar)
  const text = (from: number, to: number): string => ecdh.getPublicKey().subarray(from, to).toString('base64url')
  const key = { kty: 'EC', crv: 'P-256', d: scalar.toString('base64url'), x: text(1, 33), y: text(33, 65) }
  return createPrivateKey({ key, format: 'jwk' })
}

const rsaFrom = (exponent: Buffer, first: Buffer, second: Buffer): KeyObject => {
  const [e, p, q] = [exponent, first, second].map((it) => BigInt(`0x${it.toString('hex')}`)) as [bigint, bigint, bigint]
  const d = inverse(e, (p - 1n) * (q - 1n))
  const text = (value: bigint): string => {
    const hex = value.toString(16)
    return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
  }
  const own = { n: text(p * q), e: text(e), d: text(d), p: text(p), q: text(q) }
  const derived = { dp: text(d % (p - 1n)), dq: text(d % (q - 1n)), qi: text(inverse(q, p)) }
  return createPrivateKey({ key: { kty: 'RSA', ...own, ...derived }, format: 'jwk' })
}

const inverse = (value: bigint, modulus: bigint): bigint => {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b, x, y] = [b, a - quotient * b, y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}
