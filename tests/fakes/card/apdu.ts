import { parseTlvs } from './tlv.ts'

/** ISO 7816-4 status words that the card answers with (OpenPGP card 3.4, section 7.1). */
export const sw = Object.freeze({
  ok: 0x9000,
  terminated: 0x6285,
  /** Reserved for the user interaction flag: nobody touched the card in time. */
  untouched: 0x6600,
  wrongLength: 0x6700,
  wrongPin: 0x6982,
  notSatisfied: 0x6982,
  blocked: 0x6983,
  conditions: 0x6985,
  wrongData: 0x6a80,
  unsupported: 0x6a81,
  notFound: 0x6a82,
  wrongParameters: 0x6a86,
  noReference: 0x6a88,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  internal: 0x6f00,
})

/** Ends a command with a status word. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number) {
    super(`status ${status.toString(16)}`)
    this.name = 'Refused'
    this.status = status
  }
}

/** A command APDU: `p12` is P1 and P2 as one number, `le` how many bytes the answer may hold. */
export interface Command {
  readonly chained: boolean
  readonly ins: number
  readonly p1: number
  readonly p2: number
  readonly p12: number
  readonly data: Buffer
  readonly le: number
}

/** Parses short and extended forms; anything else is {@link sw}.wrongLength. */
export const parseCommand = (bytes: Buffer): Command => {
  if (bytes.length < 4) throw new Refused(sw.wrongLength)
  const cla = bytes.readUInt8(0)
  if ((cla & 0xef) !== 0) throw new Refused(sw.unknownClass)
  const p12 = bytes.readUInt16BE(2)
  const head = { chained: (cla & 0x10) !== 0, ins: bytes.readUInt8(1), p1: p12 >> 8, p2: p12 & 0xff, p12 }
  return { ...head, ...parseBody(bytes.subarray(4)) }
}

const parseBody = (body: Buffer): { data: Buffer; le: number } => {
  const none = Buffer.alloc(0)
  if (body.length === 0) return { data: none, le: 0 }
  if (body.length === 1) return { data: none, le: body.readUInt8(0) || 256 }
  const extended = body.readUInt8(0) === 0 && body.length >= 3
  if (extended && body.length === 3) return { data: none, le: body.readUInt16BE(1) || 65_536 }
  const start = extended ? 3 : 1
  const length = extended ? body.readUInt16BE(1) : body.readUInt8(0)
  const rest = body.subarray(start + length)
  if (body.length < start + length || rest.length > 2) throw new Refused(sw.wrongLength)
  const le = rest.length === 0 ? 0 : rest.readUIntBE(0, rest.length) || (extended ? 65_536 : 256)
  return { data: body.subarray(start, start + length), le }
}

/** The objects in a command's data; broken TLV is {@link sw}.wrongData. */
export const objectsIn = (data: Buffer): ReturnType<typeof parseTlvs> => {
  try {
    return parseTlvs(data)
  } catch {
    throw new Refused(sw.wrongData)
  }
}

/** An answer: data, then the status word. */
export const answer = (data: Uint8Array, status: number): Buffer =>
  Buffer.concat([data, Buffer.from([status >> 8, status & 0xff])])
