import { createHash, type Hash, hash } from 'node:crypto'
import { enums, type SignaturePacket } from 'openpgp'
import { internalsOf } from './internals.ts'

const names: Partial<Record<number, string>> = {
  [enums.hash.md5]: 'md5',
  [enums.hash.sha1]: 'sha1',
  [enums.hash.ripemd]: 'ripemd160',
  [enums.hash.sha224]: 'sha224',
  [enums.hash.sha256]: 'sha256',
  [enums.hash.sha384]: 'sha384',
  [enums.hash.sha512]: 'sha512',
  [enums.hash.sha3_256]: 'sha3-256',
  [enums.hash.sha3_512]: 'sha3-512',
}

const [cr, lf] = [13, 10]

/** What a signature over a document covers (RFC 9580, 5.2.4): salt, document, the signature's own hashed part. */
export class DocumentDigest {
  readonly #hash: Hash
  readonly #text: boolean
  #afterCr = false

  private constructor(hash: Hash, text: boolean) {
    this.#hash = hash
    this.#text = text
  }

  /**
   * @param salt of a version 6 signature, else null
   * @returns null where this runtime can't compute the hash, or the signature is over no document
   */
  static of(type: number, hash: number, salt: Uint8Array | null): DocumentDigest | null {
    const name = names[hash]
    const text = type === enums.signature.text
    if (name === undefined || (!text && type !== enums.signature.binary)) return null
    try {
      const made = createHash(name)
      if (salt !== null) made.update(salt)
      return new DocumentDigest(made, text)
    } catch {
      return null
    }
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(this.#text ? this.#withCrLf(bytes) : bytes)
  }

  /** Ends the digest with what the packet says of itself. */
  end(packet: SignaturePacket): Uint8Array {
    const own = packet.signatureData ?? new Uint8Array(0)
    return new Uint8Array(this.#hash.update(own).update(trailerOf(packet)).digest())
  }

  #withCrLf(bytes: Uint8Array): Uint8Array {
    const out = Buffer.allocUnsafe(bytes.byteLength * 2)
    let length = 0
    for (const byte of bytes) {
      if (byte === lf && !this.#afterCr) out[length++] = cr
      out[length++] = byte
      this.#afterCr = byte === cr
    }
    return out.subarray(0, length)
  }
}

const trailerOf = ({ version, signatureData }: SignaturePacket): Uint8Array => {
  const trailer = Buffer.from([version, 0xff, 0, 0, 0, 0])
  trailer.writeUInt32BE(signatureData?.byteLength ?? 0, 2)
  return trailer
}

/** The digest for a packet that is there already: detached and cleartext signatures. */
export const digestFor = (packet: SignaturePacket): DocumentDigest | null =>
  DocumentDigest.of(
    packet.signatureType ?? -1,
    packet.hashAlgorithm ?? -1,
    packet.version === 6 ? internalsOf(packet).salt : null,
  )

/** All that a signature covers, and its digest. */
export interface Covered {
  readonly covered: Uint8Array
  readonly digest: Uint8Array
}

/**
 * The whole digest at once, over a small document that is not text: for those a hash object costs more than hashing.
 * @returns null as {@link DocumentDigest.of}
 */
export const digestOver = (document: Uint8Array, packet: SignaturePacket): Covered | null => {
  const name = names[packet.hashAlgorithm ?? -1]
  if (name === undefined || packet.signatureType !== enums.signature.binary) return null
  const salt = packet.version === 6 ? internalsOf(packet).salt : null
  const covered = Buffer.concat([salt ?? none, document, packet.signatureData ?? none, trailerOf(packet)])
  try {
    return { covered, digest: new Uint8Array(hash(name, covered, 'buffer')) }
  } catch {
    return null
  }
}
const none = new Uint8Array(0)
