import { hkdfSync, randomBytes } from 'node:crypto'
import { enums } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { type ChunkCipher, chunkCipher, nonceSize } from './aead.ts'
import { type ByteReader, type Bytes, eachPiece, PieceMemory } from './byte-reader.ts'
import type { Sealed } from './ocb.ts'
import { ocbInUse } from './ocb-self-test.ts'
import { openStock, sealStock } from './seipd2-stock.ts'

/** RFC 9580, 5.13.2: data in chunks, each authenticated with its number, and a final tag over the total length. */

const tagSize = 16
const keySizes: Partial<Record<number, number>> = {
  [enums.symmetric.aes128]: 16,
  [enums.symmetric.aes192]: 24,
  [enums.symmetric.aes256]: 32,
}

/** @throws LibralError `openpgp.unsupported` for all but AES */
export function keySize(cipher: number): number {
  const size = keySizes[cipher]
  if (size === undefined) throw new LibralError('openpgp.unsupported', { what: 'cipher', id: cipher })
  return size
}

export interface Seipd2Options {
  readonly cipher: enums.symmetric
  readonly aead: enums.aead
  /** chunks of 2^(this + 6) bytes; 0 to 16 */
  readonly chunkSizeByte: number
}

export const usualSeipd2: Seipd2Options = {
  cipher: enums.symmetric.aes256,
  aead: enums.aead.ocb,
  chunkSizeByte: 12,
}

class Chunks {
  readonly cipher: ChunkCipher
  readonly size: number
  readonly #associated: Uint8Array
  readonly #nonce: Buffer
  #number = 0n
  #total = 0n

  constructor(options: Seipd2Options, salt: Uint8Array, sessionKey: Uint8Array) {
    const bytes = keySize(options.cipher)
    if (sessionKey.byteLength !== bytes) throw new LibralError('openpgp.malformed', { what: 'session-key' })
    if (options.chunkSizeByte > 16) throw new LibralError('openpgp.malformed', { what: 'chunk-size' })
    this.#associated = Uint8Array.of(0xd2, 2, options.cipher, options.aead, options.chunkSizeByte)
    const random = nonceSize(options.aead) - 8
    const derived = new Uint8Array(hkdfSync('sha256', sessionKey, salt, this.#associated, bytes + random))
    this.cipher = chunkCipher(options.aead, derived.subarray(0, bytes))
    this.#nonce = Buffer.concat([derived.subarray(bytes), Buffer.alloc(8)])
    this.size = 2 ** (options.chunkSizeByte + 6)
    derived.fill(0)
  }

  seal(plain: Uint8Array): Sealed {
    this.#total += BigInt(plain.byteLength)
    return this.cipher.seal(plain, this.#next(), this.#associated)
  }

  open(sealed: Uint8Array): Uint8Array {
    const plain = this.cipher.open(sealed, this.#next(), this.#associated)
    if (plain === null) throw new LibralError('openpgp.tampered')
    this.#total += BigInt(plain.byteLength)
    return plain
  }

  finalTag(): Uint8Array {
    return this.cipher.seal(new Uint8Array(0), this.#next(), this.#final()).tag
  }

  checkFinalTag(tag: Uint8Array): void {
    if (this.cipher.open(tag, this.#next(), this.#final()) === null) throw new LibralError('openpgp.tampered')
  }

  #final(): Uint8Array {
    const total = Buffer.alloc(8)
    total.writeBigUInt64BE(this.#total)
    return Buffer.concat([this.#associated, total])
  }

  #next(): Uint8Array {
    this.#nonce.writeBigUInt64BE(this.#number++, this.#nonce.byteLength - 8)
    return this.#nonce
  }
}

const byStock = (aead: number): boolean => aead === enums.aead.ocb && ocbInUse() === 'stock'

/** @returns the packet's body: version, parameters, salt, sealed chunks, final tag */
export async function* sealSeipd2(
  plain: Bytes,
  sessionKey: Uint8Array,
  options = usualSeipd2,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (byStock(options.aead)) return yield* sealStock(plain, sessionKey, options)
  const salt = randomBytes(32)
  const chunks = new Chunks(options, salt, sessionKey)
  yield Buffer.concat([Uint8Array.of(2, options.cipher, options.aead, options.chunkSizeByte), salt])
  for await (const { data, tag } of eachPiece(plain, chunks.size, (chunk) => chunks.seal(chunk))) {
    yield data
    yield tag
  }
  yield chunks.finalTag()
}

/**
 * @param body after its version octet
 * @returns the data chunk by chunk, each authenticated; only who has read it to the end knows that all of it is there
 * @throws LibralError `openpgp.tampered`, `openpgp.truncated`, `openpgp.unsupported`, `openpgp.malformed`
 */
export async function* openSeipd2(
  body: ByteReader,
  sessionKey: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const [cipher = 0, aead = 0, chunkSizeByte = 0] = await body.exactly(3)
  const options = { cipher, aead, chunkSizeByte }
  const salt = await body.exactly(32)
  const chunks = new Chunks(options, salt, sessionKey)
  if (byStock(aead)) return yield* openStock(body.rest(), sessionKey, options, salt)
  // A whole chunk and the final tag after it: what fills less of this is the end.
  const memory = new PieceMemory(chunks.size + 2 * tagSize)
  const whole = chunks.size + tagSize
  let sealed = await memory.fill(body)
  while (sealed.byteLength === whole + tagSize && !(await body.atEnd())) {
    yield chunks.open(sealed.subarray(0, whole))
    sealed = await memory.fill(body, whole)
  }
  const end = sealed.byteLength - tagSize
  if (end < 0 || (end > 0 && end < tagSize)) throw new LibralError('openpgp.truncated')
  if (end > 0) yield chunks.open(sealed.subarray(0, end))
  chunks.checkFinalTag(sealed.subarray(end))
}
