import { createCipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { type ByteReader, type Bytes, eachPiece, PieceMemory } from './byte-reader.ts'
import { CfbOpener } from './cfb.ts'
import { keySize } from './seipd2.ts'

/** RFC 9580, 5.13.1: CFB with a SHA-1 over all of it at the end. For peers that know nothing newer (GnuPG 2.2). */

const block = 16
const digestSize = 20
const mark = Uint8Array.of(0xd3, 0x14)
const trailer = mark.byteLength + digestSize
const piece = 256 * 1024

const cfb = (key: Uint8Array): string => `aes-${key.byteLength * 8}-cfb`

/** @returns the packet's body with its version octet */
export async function* sealSeipd1(plain: Bytes, sessionKey: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const cipher = createCipheriv(cfb(sessionKey), sessionKey, new Uint8Array(block))
  const hash = createHash('sha1')
  const random = randomBytes(block)
  const prefix = Buffer.concat([random, random.subarray(-2)])
  hash.update(prefix)
  yield Buffer.concat([Uint8Array.of(1), cipher.update(prefix)])
  yield* eachPiece(plain, piece, (part) => {
    hash.update(part)
    return cipher.update(part)
  })
  hash.update(mark)
  yield cipher.update(Buffer.concat([mark, hash.digest()]))
}

/**
 * @param body after its version octet
 * @returns the data, **not authenticated** before the end is reached: {@link checkSeipd1} reads it once for that alone,
 *   before anybody reads it for its content
 * @throws LibralError at the end: `openpgp.tampered`
 */
export async function* openSeipd1(
  body: ByteReader,
  cipher: number,
  sessionKey: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (sessionKey.byteLength !== keySize(cipher)) throw new LibralError('openpgp.malformed', { what: 'session-key' })
  const opener = new CfbOpener(sessionKey)
  const memory = new PieceMemory(piece)
  const hash = createHash('sha1')
  let skip = block + 2
  // What might be the trailer stays behind until more has come.
  let held: Uint8Array = new Uint8Array(0)
  for (let sealed = await memory.fill(body); sealed.byteLength > 0; sealed = await memory.fill(body)) {
    const opened = opener.open(sealed)
    if (opened.byteLength < skip) throw new LibralError('openpgp.truncated')
    hash.update(opened.subarray(0, skip))
    const plain = opened.subarray(skip)
    skip = 0
    const known = plain.byteLength < trailer ? [Buffer.concat([held, plain])] : [held, plain]
    const last = known.pop() ?? plain
    const end = Math.max(0, last.byteLength - trailer)
    held = last.slice(end)
    for (const part of [...known, last.subarray(0, end)]) {
      if (part.byteLength === 0) continue
      hash.update(part)
      yield part
    }
  }
  if (held.byteLength < trailer) throw new LibralError('openpgp.truncated')
  const digest = hash.update(held.subarray(0, mark.byteLength)).digest()
  const marked = Buffer.from(mark).equals(held.subarray(0, mark.byteLength))
  if (!timingSafeEqual(digest, held.subarray(mark.byteLength)) || !marked) throw new LibralError('openpgp.tampered')
}

/** Reads all of it and keeps nothing: returns only where the digest at the end fits. */
export async function checkSeipd1(body: ByteReader, cipher: number, sessionKey: Uint8Array): Promise<void> {
  for await (const _ of openSeipd1(body, cipher, sessionKey));
}

/** Whether the first 18 bytes show the repetition that the right key shows. A hint to choose by, never a proof. */
export function seipd1Starts(start: Uint8Array, cipher: number, sessionKey: Uint8Array): boolean {
  if (start.byteLength < block + 2) return true
  if (sessionKey.byteLength !== keySize(cipher)) return false
  const prefix = new CfbOpener(sessionKey).open(start)
  return prefix[block - 2] === prefix[block] && prefix[block - 1] === prefix[block + 1]
}
