import { PublicKeyPacket, PublicSubkeyPacket } from 'openpgp'
import type { ExternalPublic } from './external-key.ts'
import { stripped } from './numbers.ts'

export type KeyVersion = 4 | 6

/** What a key is for inside a certificate. */
export type KeyUse = 'certify' | 'sign' | 'encrypt' | 'authenticate'

/** Length and OID, as they stand in a key packet. */
const oids = Object.freeze({
  ed25519: Buffer.from('092b06010401da470f01', 'hex'),
  x25519: Buffer.from('0a2b060104019755010501', 'hex'),
  nistp256: Buffer.from('082a8648ce3d030107', 'hex'),
})

/** ECDH's KDF for 256-bit curves: SHA-256 and AES-128, as GnuPG and cards count them into the fingerprint. */
const kdf = Buffer.from('03010807', 'hex')

const mpi = (number: Uint8Array): Buffer => {
  const bytes = stripped(number)
  const bits = bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), bytes])
}

const legacyPoint = (point: Uint8Array): Buffer => mpi(Buffer.concat([Buffer.of(0x40), point]))

/** Number of the algorithm and its public fields (RFC 9580, section 5.5.5); version 4 in the form that GnuPG knows. */
const fields = (version: KeyVersion, key: ExternalPublic, use: KeyUse): readonly [number, Buffer] => {
  switch (key.kind) {
    case 'rsa':
      return [1, Buffer.concat([mpi(key.n), mpi(key.e)])]
    case 'nistp256': {
      const point = Buffer.concat([oids.nistp256, mpi(key.point)])
      return use === 'encrypt' ? [18, Buffer.concat([point, kdf])] : [19, point]
    }
    case 'ed25519':
      if (version === 6) return [27, Buffer.from(key.point)]
      return [22, Buffer.concat([oids.ed25519, legacyPoint(key.point)])]
    case 'x25519':
      if (version === 6) return [25, Buffer.from(key.point)]
      return [18, Buffer.concat([oids.x25519, legacyPoint(key.point), kdf])]
  }
}

/** Public numbers of a key packet; the reverse of {@link keyPacket}. null: a kind that lies nowhere but in software. */
export const publicIn = (packet: PublicKeyPacket | PublicSubkeyPacket): ExternalPublic | null => {
  const { n, e, Q, A, oid } = packet.publicParams as unknown as PublicParams
  if (n !== undefined && e !== undefined) return { kind: 'rsa', n, e }
  if (A !== undefined && packet.algorithm === 27) return { kind: 'ed25519', point: A }
  if (A !== undefined && packet.algorithm === 25) return { kind: 'x25519', point: A }
  if (Q === undefined || oid === undefined) return null
  const written = Buffer.from(oid.write()).toString('hex')
  const kind = (['ed25519', 'x25519', 'nistp256'] as const).find((it) => oids[it].toString('hex') === written)
  if (kind === undefined) return null
  return { kind, point: kind === 'nistp256' || Q.length === 32 ? Q : Q.subarray(1) }
}

/** As openpgp.js names them; its types leave them out. */
interface PublicParams {
  readonly n?: Uint8Array
  readonly e?: Uint8Array
  readonly Q?: Uint8Array
  readonly A?: Uint8Array
  readonly oid?: { write(): Uint8Array }
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The public key packet of a key that lies elsewhere; a subkey's unless it certifies. */
export const keyPacket = async (
  version: KeyVersion,
  key: ExternalPublic,
  createdAt: Date,
  use: KeyUse,
): Promise<PublicKeyPacket | PublicSubkeyPacket> => {
  const [algorithm, material] = fields(version, key, use)
  const count = version === 6 ? uint32(material.length) : Buffer.alloc(0)
  const seconds = uint32(Math.floor(createdAt.getTime() / 1000))
  const body = Buffer.concat([Buffer.of(version), seconds, Buffer.of(algorithm), count, material])
  const packet = use === 'certify' ? new PublicKeyPacket() : new PublicSubkeyPacket()
  // In the library but not in its types.
  await (packet as unknown as { read(bytes: Uint8Array): Promise<void> }).read(new Uint8Array(body))
  return packet
}
