import { LibralError } from '#protocol/errors.ts'
import { ByteReader, type Bytes, eachPiece } from './byte-reader.ts'

/** RFC 9580, section 6: binary data as text. */

export const armorKinds = {
  message: 'PGP MESSAGE',
  signature: 'PGP SIGNATURE',
  certificate: 'PGP PUBLIC KEY BLOCK',
  privateKey: 'PGP PRIVATE KEY BLOCK',
} as const
export type ArmorKind = keyof typeof armorKinds

const lineBytes = 48
const headLimit = 16 * 1024
const lineLimit = 4096

/**
 * @param checksum for readers of version 4: GnuPG 2.2 stumbles over armor without one that needs no padding. RFC 9580
 *   forbids it for version 6
 * @returns pieces of ASCII
 */
export async function* armored(
  kind: ArmorKind,
  source: Bytes,
  checksum = false,
): AsyncGenerator<Uint8Array, void, undefined> {
  let crc = crcStart
  yield Buffer.from(`-----BEGIN ${armorKinds[kind]}-----\n\n`)
  yield* eachPiece(source, lineBytes * 2048, (piece) => {
    if (checksum) crc = crc24(crc, piece)
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('base64')
    let lines = ''
    for (let at = 0; at < text.length; at += 64) lines += `${text.slice(at, at + 64)}\n`
    return Buffer.from(lines)
  })
  if (checksum) yield Buffer.from(`=${Buffer.of(crc >>> 16, (crc >>> 8) & 255, crc & 255).toString('base64')}\n`)
  yield Buffer.from(`-----END ${armorKinds[kind]}-----\n`)
}

const crcStart = 0xb704ce
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 16
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ ((value & 0x800000) !== 0 ? 0x1864cfb : 0)
  return value & 0xffffff
})

/** RFC 9580, 6.1.1 */
function crc24(start: number, bytes: Uint8Array): number {
  let crc = start
  for (const byte of bytes) crc = ((crc << 8) ^ (crcTable[(crc >>> 16) ^ byte] ?? 0)) & 0xffffff
  return crc
}

/**
 * Whether it is text rather than packets: their first byte has its highest bit set, and Japanese text, whose first byte
 * has it too, would be a packet of a number that nobody uses.
 */
export function looksArmored([first = 0]: Uint8Array): boolean {
  if ((first & 0x80) === 0) return true
  return (first & 0x40) !== 0 && (first & 0x3f) > 21
}

/**
 * The binary data of an armored or binary input: what it is shows in its first byte.
 * @throws LibralError `openpgp.malformed`, `openpgp.truncated`
 */
export async function* dearmored(source: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(source)
  if (!looksArmored(await reader.peek(1))) return yield* reader.rest()
  const lines = new Lines(reader)
  const kind = await findHead(lines)
  yield* body(lines, kind)
}

/** Skips what stands before the armor, reads its headers and returns its kind. */
async function findHead(lines: Lines): Promise<string> {
  for (let read = 0; read < headLimit; ) {
    const line = await lines.next()
    if (line === null) throw new LibralError('openpgp.malformed', { what: 'armor' })
    read += line.length + 1
    const kind = /^-----BEGIN (PGP [A-Z0-9 ,/]+)-----[ \t]*$/.exec(line)?.[1]
    if (kind === undefined) continue
    await skipHeaders(lines)
    return kind
  }
  throw new LibralError('openpgp.malformed', { what: 'armor' })
}

async function skipHeaders(lines: Lines): Promise<void> {
  for (let read = 0; read < headLimit; ) {
    const line = await lines.next()
    if (line === null) throw new LibralError('openpgp.truncated')
    if (line.trim() === '') return
    if (!/^[A-Za-z0-9-]+: /.test(`${line} `)) throw new LibralError('openpgp.malformed', { what: 'armor-header' })
    read += line.length + 1
  }
  throw new LibralError('openpgp.malformed', { what: 'armor-header' })
}

async function* body(lines: Lines, kind: string): AsyncGenerator<Uint8Array, void, undefined> {
  let held = ''
  for (;;) {
    const line = await lines.next()
    if (line === null) throw new LibralError('openpgp.truncated')
    if (line.startsWith('-----')) {
      if (line.trimEnd() !== `-----END ${kind}-----`) throw new LibralError('openpgp.malformed', { what: 'armor-end' })
      break
    }
    if (line.startsWith('=')) continue
    held += line.trimEnd()
    if (held.length < 64 * 1024) continue
    const whole = held.length - (held.length % 4)
    yield decoded(held.slice(0, whole))
    held = held.slice(whole)
  }
  yield decoded(held)
}

function decoded(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new LibralError('openpgp.malformed', { what: 'armor' })
  return Buffer.from(text, 'base64')
}

/** Lines without their ends; memory stays bounded whatever comes. */
export class Lines {
  readonly #reader: ByteReader
  #text = ''
  #ended = false

  constructor(reader: ByteReader) {
    this.#reader = reader
  }

  async next(): Promise<string | null> {
    for (;;) {
      const at = this.#text.indexOf('\n')
      if (at >= 0) {
        const line = this.#text.slice(0, at)
        this.#text = this.#text.slice(at + 1)
        return line.endsWith('\r') ? line.slice(0, -1) : line
      }
      if (this.#ended) {
        const line = this.#text
        this.#text = ''
        return line === '' ? null : line
      }
      if (this.#text.length > lineLimit) throw new LibralError('openpgp.malformed', { what: 'line' })
      const part = await this.#reader.some(4096)
      if (part === null) this.#ended = true
      else this.#text += Buffer.from(part).toString('latin1')
    }
  }
}
