import { LibralError } from '#protocol/errors.ts'
import { type ByteReader, type Bytes, collect, type Filling } from './byte-reader.ts'

/** RFC 9580, section 4: how packets are framed. */

export interface IncomingPacket {
  readonly tag: number
  /** Must be read to its end before the next packet is asked for. */
  readonly body: Bytes & AsyncIterable<Uint8Array>
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
  if ((first & 0x40) !== 0) return { tag: first & 0x3f, body: new Body(reader, await newLength(reader)) }
  return { tag: (first >>> 2) & 15, body: new Body(reader, await oldLength(reader, first & 3)) }
}

/** The whole body of a packet that has to be small. */
export const held = (packet: IncomingPacket, limit = heldPacketLimit): Promise<Uint8Array> =>
  collect(packet.body, limit)

interface Length {
  /** Infinity: to the end of the input */
  readonly bytes: number
  /** Another length follows these bytes. */
  readonly partial: boolean
}

async function oldLength(reader: ByteReader, kind: number): Promise<Length> {
  if (kind === 3) return { bytes: Number.POSITIVE_INFINITY, partial: false }
  const size = await reader.exactly(2 ** kind)
  return { bytes: size.reduce((length, byte) => length * 256 + byte, 0), partial: false }
}

async function newLength(reader: ByteReader): Promise<Length> {
  const first = await reader.byte()
  if (first >= 224 && first < 255) return { bytes: 2 ** (first & 31), partial: true }
  if (first < 192) return { bytes: first, partial: false }
  if (first < 224) return { bytes: ((first - 192) << 8) + (await reader.byte()) + 192, partial: false }
  return { bytes: Buffer.from(await reader.exactly(4)).readUInt32BE(), partial: false }
}

class Body implements AsyncIterable<Uint8Array>, Partial<Filling> {
  readonly into?: Filling['into']
  readonly #reader: ByteReader
  #left: number
  #partial: boolean

  constructor(reader: ByteReader, { bytes, partial }: Length) {
    this.#reader = reader
    this.#left = bytes
    this.#partial = partial
    if (reader.fills) this.into = (target) => this.#into(target)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (await this.#more()) {
      const part = await this.#reader.some(Math.min(this.#left, piece))
      if (part === null) return this.#ended()
      this.#left -= part.byteLength
      yield part
    }
  }

  async #into(target: Uint8Array): Promise<number> {
    if (!(await this.#more())) return 0
    const came = await this.#reader.into(target.subarray(0, Math.min(this.#left, target.byteLength)))
    if (came === 0) this.#ended()
    this.#left -= came
    return came
  }

  async #more(): Promise<boolean> {
    while (this.#left === 0 && this.#partial) {
      const { bytes, partial } = await newLength(this.#reader)
      this.#left = bytes
      this.#partial = partial
    }
    return this.#left > 0
  }

  /** The input is at its end, which is right only where the length said so. */
  #ended(): void {
    if (this.#left !== Number.POSITIVE_INFINITY) throw new LibralError('openpgp.truncated')
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
