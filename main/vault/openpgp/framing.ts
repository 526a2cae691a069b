import { LibralError } from '#protocol/errors.ts'
import { type ByteReader, type Bytes, collect } from './byte-reader.ts'

/** RFC 9580, section 4: how packets are framed. */

export interface IncomingPacket {
  readonly tag: number
  /** Must be read to its end before the next packet is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Largest packet that is held in memory whole: certificates, signatures, session keys. */
export const heldPacketLimit = 1024 * 1024

const piece = 256 * 1024

/**
 * @returns null at the end of the input
 * @throws LibralError `openpgp.malformed`, `openpgp.truncated`
 */
export async function nextPacket(reader: ByteReader): Promise<IncomingPacket | null> {
  const first = (await reader.some(1))?.[0]
  if (first === undefined) return null
  if ((first & 0x80) === 0) throw new LibralError('openpgp.malformed', { what: 'packet' })
  if ((first & 0x40) === 0) return { tag: (first >>> 2) & 15, body: oldBody(reader, first & 3) }
  return { tag: first & 0x3f, body: newBody(reader) }
}

/** The whole body of a packet that has to be small. */
export const held = (packet: IncomingPacket, limit = heldPacketLimit): Promise<Uint8Array> =>
  collect(packet.body, limit)

async function* oldBody(reader: ByteReader, kind: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (kind === 3) return yield* reader.rest(piece)
  const size = await reader.exactly(2 ** kind)
  yield* exactly(
    reader,
    size.reduce((length, byte) => length * 256 + byte, 0),
  )
}

async function* newBody(reader: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const first = await reader.byte()
    const partial = first >= 224 && first < 255
    yield* exactly(reader, partial ? 2 ** (first & 31) : await newLength(reader, first))
    if (!partial) return
  }
}

async function newLength(reader: ByteReader, first: number): Promise<number> {
  if (first < 192) return first
  if (first < 224) return ((first - 192) << 8) + (await reader.byte()) + 192
  return Buffer.from(await reader.exactly(4)).readUInt32BE()
}

async function* exactly(reader: ByteReader, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = length; left > 0; ) {
    const part = await reader.some(Math.min(left, piece))
    if (part === null) throw new LibralError('openpgp.truncated')
    left -= part.byteLength
    yield part
  }
}

const lengthOf = (length: number): readonly number[] => {
  if (length < 192) return [length]
  if (length < 8384) return [((length - 192) >>> 8) + 192, (length - 192) & 255]
  return [255, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]
}

/** A packet whose body is there. */
export const packetOf = (tag: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([packetHead(tag, body.byteLength), body])

/** @param length below 2^32 */
export const packetHead = (tag: number, length: number): Uint8Array =>
  Uint8Array.from([0xc0 | tag, ...lengthOf(length)])

/** A packet whose body is still to come: partial lengths of 256 KiB, a definite length for the rest. */
export async function* packetAround(tag: number, body: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  yield Uint8Array.of(0xc0 | tag)
  let held: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    for (let at = 0; at < part.byteLength; ) {
      const taken = part.subarray(at, at + piece - length)
      held.push(taken)
      length += taken.byteLength
      at += taken.byteLength
      if (length < piece) continue
      yield Uint8Array.of(224 | 18)
      yield* held
      held = []
      length = 0
    }
  }
  yield Uint8Array.from(lengthOf(length))
  yield* held
}
