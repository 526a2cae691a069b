import type { Attribute, Pkcs11Library } from './pkcs11-library.ts'
import { TokenError, ulong } from './pkcs11-library.ts'
import { cka, ckk, ckm, cko, ckr } from './pkcs11-numbers.ts'

/** Larger than any signature or block of a key that is used here. */
const room = 2_048

const kindOf = (library: Pkcs11Library, session: number, key: number): number =>
  ulong.read(library.attribute(session, key, cka.keyType) ?? ulong.write(ckk.rsa))

const output = (run: (bytes: Buffer, length: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(room)
  const length = ulong.write(room)
  run(bytes, length)
  return bytes.subarray(0, ulong.read(length))
}

/** RSA: over a DigestInfo; ECDSA: r ‖ s over the digest; EdDSA: R ‖ S over the digest as a message. */
export const signOnToken = (library: Pkcs11Library, session: number, key: number, input: Buffer): Buffer => {
  const kind = kindOf(library, session, key)
  const type = kind === ckk.rsa ? ckm.rsaPkcs : kind === ckk.edwards ? ckm.eddsa : ckm.ecdsa
  library.call('SignInit', session, library.mechanism({ type }), key)
  return output((bytes, length) => library.call('Sign', session, input, input.length, bytes, length))
}

/** RSA with PKCS#1 padding, which the token takes away. */
export const decryptOnToken = (library: Pkcs11Library, session: number, key: number, input: Buffer): Buffer => {
  library.call('DecryptInit', session, library.mechanism({ type: ckm.rsaPkcs }), key)
  return output((bytes, length) => library.call('Decrypt', session, input, input.length, bytes, length))
}

const derOctets = (point: Buffer): Buffer => Buffer.concat([Buffer.of(4, point.length), point])

/** ECDH: the shared x coordinate. It has to leave the token, since OpenPGP's derivation is none that tokens know. */
export const deriveOnToken = (library: Pkcs11Library, session: number, key: number, point: Buffer): Buffer => {
  const size = 32
  const wanted: Attribute[] = [
    [cka.class, cko.secretKey],
    [cka.keyType, ckk.genericSecret],
    [cka.token, false],
    [cka.sensitive, false],
    [cka.extractable, true],
    [cka.valueLength, size],
  ]
  const attempt = (ecdh: Buffer): number => {
    const handle = ulong.write(0)
    const mechanism = library.mechanism({ type: ckm.ecdh1Derive, ecdh })
    library.call('DeriveKey', session, mechanism, key, library.attributes(wanted), wanted.length, handle)
    return ulong.read(handle)
  }
  const handle = eitherForm(
    () => attempt(point),
    () => attempt(derOctets(point)),
  )
  const secret = library.attribute(session, handle, cka.value)
  library.call('DestroyObject', session, handle)
  if (secret?.length !== size) throw new TokenError(ckr.keyFunctionNotPermitted)
  return secret
}

/** The standard allows the point bare and in DER; modules differ. */
const eitherForm = <T>(first: () => T, second: () => T): T => {
  try {
    return first()
  } catch (failure) {
    if (failure instanceof TokenError) return second()
    throw failure
  }
}
