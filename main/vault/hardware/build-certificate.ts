import {
  enums,
  PacketList,
  PublicKey,
  type PublicKeyPacket,
  type PublicSubkeyPacket,
  readKey,
  UserIDPacket,
} from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { canSign, type KeyAccess, type SigningAccess } from '../openpgp/key-access.ts'
import { newSignature, type SignatureFields, signPacket } from '../openpgp/sign-packet.ts'
import { externalAccess } from './external-access.ts'
import type { ExternalKey } from './external-key.ts'
import { type KeyUse, type KeyVersion, keyPacket } from './key-packet.ts'

export interface CertificatePlan {
  readonly version: KeyVersion
  readonly name: string
  readonly email: string
  /** Certifies and signs. */
  readonly primary: ExternalKey
  readonly subkeys: readonly { readonly key: ExternalKey; readonly use: Exclude<KeyUse, 'certify'> }[]
  /** Seconds from the primary key's creation; left out: no expiry. */
  readonly expiresIn?: number
  /** Of the self-signatures. */
  readonly now?: Date
}

export interface BuiltCertificate {
  readonly certificate: PublicKey
  /** The primary key's first, then the subkeys' in their order. */
  readonly access: readonly KeyAccess[]
}

const { keyFlags } = enums
const flags: Readonly<Record<KeyUse, number>> = {
  certify: keyFlags.certifyKeys | keyFlags.signData,
  sign: keyFlags.signData,
  encrypt: keyFlags.encryptCommunication | keyFlags.encryptStorage,
  authenticate: keyFlags.authentication,
}

const hash = enums.hash.sha256

/** SEIPDv2 with AES-256-OCB for version 6; what GnuPG reads for version 4. */
const preferences = (plan: CertificatePlan): SignatureFields => ({
  keyFlags: Uint8Array.of(flags.certify),
  preferredSymmetricAlgorithms: [enums.symmetric.aes256, enums.symmetric.aes128],
  preferredHashAlgorithms: [enums.hash.sha512, enums.hash.sha256],
  preferredCompressionAlgorithms: [enums.compression.uncompressed],
  features: Uint8Array.of(plan.version === 6 ? 0x09 : 0x01),
  ...(plan.version === 6 && {
    preferredCipherSuites: [
      [enums.symmetric.aes256, enums.aead.ocb],
      [enums.symmetric.aes128, enums.aead.ocb],
    ] as const,
  }),
  ...(plan.expiresIn !== undefined && { keyExpirationTime: plan.expiresIn, keyNeverExpires: false }),
})

/**
 * A certificate with one more subkey over a key that lies elsewhere.
 * @param access the primary key's
 */
export const withSubkey = async (
  certificate: PublicKey,
  access: SigningAccess,
  key: ExternalKey,
  use: Exclude<KeyUse, 'certify'>,
  now: Date,
): Promise<PublicKey> => {
  const { keyPacket: primary } = certificate
  const subkey = await keyPacket(primary.version === 6 ? 6 : 4, key.public, key.createdAt, use)
  const bound = await binding(primary, subkey, { key, use }, { access, date: notBefore(now, [key]) })
  return readKey({ binaryKey: written([...certificate.toPacketList(), subkey, bound]), config: policy })
}

type Signer = { readonly access: SigningAccess; readonly date: Date }

/**
 * Makes a certificate over keys that lie elsewhere; each self-signature is made by the key itself and verified before
 * it is taken (signPacket). A signing subkey signs back. Every key is asked at least once, so PINs are asked too.
 */
export const buildCertificate = async (plan: CertificatePlan): Promise<BuiltCertificate> => {
  const packet = await keyPacket(plan.version, plan.primary.public, plan.primary.createdAt, 'certify')
  const bare = new PacketList<PublicKeyPacket>()
  bare.push(packet as PublicKeyPacket)
  const signer: Signer = {
    access: signing(externalAccess(plan.primary, new PublicKey(bare), packet)),
    date: notBefore(plan.now ?? new Date(), [plan.primary, ...plan.subkeys.map(({ key }) => key)]),
  }
  const list: unknown[] = [packet, ...(await selfSignatures(plan, packet, signer))]
  const shown: (PublicKeyPacket | PublicSubkeyPacket)[] = [packet]
  for (const { key, use } of plan.subkeys) {
    const subkey = await keyPacket(plan.version, key.public, key.createdAt, use)
    list.push(subkey, await binding(packet, subkey, { key, use }, signer))
    shown.push(subkey)
  }
  const certificate = await readKey({ binaryKey: written(list), config: policy })
  const keys = [plan.primary, ...plan.subkeys.map(({ key }) => key)]
  const access = keys.flatMap((key, at) => {
    const part = shown[at]
    return part === undefined ? [] : [externalAccess(key, certificate, part)]
  })
  return { certificate, access }
}

const signing = (access: KeyAccess): SigningAccess => {
  if (!canSign(access)) throw new LibralError('hardware.unsupported')
  return access
}

/** A clock that runs behind the card's would make signatures older than the key. */
const notBefore = (now: Date, keys: readonly ExternalKey[]): Date =>
  new Date(Math.max(now.getTime(), ...keys.map(({ createdAt }) => createdAt.getTime())))

const written = (packets: readonly unknown[]): Uint8Array => {
  const list = new PacketList<never>()
  for (const packet of packets) list.push(packet as never)
  return list.write() as Uint8Array
}

const selfSignatures = async (plan: CertificatePlan, key: object, { access, date }: Signer): Promise<unknown[]> => {
  const wanted = preferences(plan)
  const user = UserIDPacket.fromObject({ name: plan.name, email: plan.email })
  const positive = newSignature(enums.signature.certPositive, hash, { ...wanted, isPrimaryUserID: true })
  const certified = [user, await signPacket(positive, access, { userID: user, key }, date)]
  if (plan.version === 4) return certified
  const direct = newSignature(enums.signature.key, hash, wanted)
  return [await signPacket(direct, access, { key }, date), ...certified]
}

const binding = async (
  key: object,
  bind: PublicKeyPacket | PublicSubkeyPacket,
  part: CertificatePlan['subkeys'][number],
  { access, date }: Signer,
): Promise<unknown> => {
  const fields: SignatureFields = { keyFlags: Uint8Array.of(flags[part.use]) }
  const embedded =
    part.use === 'sign' ? { embeddedSignature: await backSignature(key, bind, part.key, access, date) } : {}
  const signature = newSignature(enums.signature.subkeyBinding, hash, { ...fields, ...embedded })
  return signPacket(signature, access, { key, bind }, date)
}

/** A signing subkey says itself that it belongs to the primary key (RFC 9580, section 5.2.3.34). */
const backSignature = (
  key: object,
  bind: PublicKeyPacket | PublicSubkeyPacket,
  external: ExternalKey,
  primary: SigningAccess,
  date: Date,
) => {
  const access = signing(externalAccess(external, primary.certificate, bind))
  return signPacket(newSignature(enums.signature.keyBinding, hash), access, { key, bind }, date)
}
