import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/**
 * As little of a WebSocket client (RFC 6455) as a server can't tell from a whole one: in a deployment each desktop has a
 * machine of its own, here some thousand share two cores with the server that is measured, and `ws` with oRPC's client
 * took as much of them as the server did. What goes over the wire is the same, masked frames included.
 */
export interface RawSocket {
  send(text: string): void
  end(): void
  /** Every text that comes; one listener at a time. */
  onText: (text: string) => void
  /** Fulfilled when it is closed, by whomever. */
  readonly closed: Promise<void>
}

/** Answered with another status than 101. */
export class Refused extends Error {
  readonly status: number
  /** What it says of coming back, seconds. */
  readonly retryAfterSeconds: number | undefined
  constructor(head: string) {
    const status = Number(head.slice(9, 12))
    super(`refused with ${status}`)
    this.status = status
    const after = /\r\nretry-after: (\d+)/i.exec(head)?.[1]
    this.retryAfterSeconds = after === undefined ? undefined : Number(after)
  }
}

/** As main/link/wire.ts, for a handshake. */
const handshakeMs = 5_000

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const
const mask = Buffer.from(randomBytes(4).map((byte) => byte | 1))
const key = randomBytes(16).toString('base64')
const headEnd = Buffer.from('\r\n\r\n')

/** One masked frame of less than 64 KiB. */
const frameOf = (opcode: number, payload: Buffer): Buffer => {
  const { length } = payload
  const start = length < 126 ? 6 : 8
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | Math.min(length, 126)
  if (length >= 126) frame.writeUInt16BE(length, 2)
  mask.copy(frame, start - 4)
  for (let at = 0; at < length; at++) frame[start + at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0)
  return frame
}

interface Frame {
  readonly opcode: number
  readonly payload: Buffer
  /** Where the next one begins. */
  readonly end: number
}
/** The frame that begins at `at`; undefined while it is not all there. A server masks nothing. */
const frameAt = (bytes: Buffer, at: number): Frame | undefined => {
  const short = (bytes[at + 1] ?? 0) & 0x7f
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
  if (bytes.length < start) return undefined
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
  const end = start + length
  if (bytes.length < end) return undefined
  return { opcode: (bytes[at] ?? 0) & 0x0f, payload: bytes.subarray(start, end), end }
}

export interface Dial {
  /** `HOST:PORT` */
  readonly address: string
  /** An address of loopback of our own. */
  readonly from: string
  readonly path: string
  readonly protocol: string | undefined
}

/** Connects; nothing is lost of what the server says at once. @throws Refused, and what the socket says */
export const dialRaw = ({ address, from, path, protocol }: Dial, opened: (socket: RawSocket) => void): RawSocket => {
  const [host = '', port] = address.split(':')
  const stream: Socket = connect({ host, port: Number(port), localAddress: from })
  stream.setNoDelay(true)
  let rest: Buffer | undefined
  let open = false
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>()
  closed.catch(() => undefined)
  let failure: Error | undefined
  const self: RawSocket = {
    send: (text) => void stream.write(frameOf(opcodes.text, Buffer.from(text))),
    end: () => void stream.destroy(),
    onText: () => undefined,
    closed,
  }
  const take = (bytes: Buffer): void => {
    let at = 0
    for (let frame = frameAt(bytes, 0); frame; frame = frameAt(bytes, at)) {
      at = frame.end
      if (frame.opcode === opcodes.text) self.onText(frame.payload.toString())
      else if (frame.opcode === opcodes.ping) stream.write(frameOf(opcodes.pong, frame.payload))
      else if (frame.opcode === opcodes.close) stream.destroy()
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined
  }
  const head = (bytes: Buffer): void => {
    const end = bytes.indexOf(headEnd)
    rest = bytes
    if (end < 0) return
    if (bytes.toString('latin1', 9, 12) !== '101') {
      failure = new Refused(bytes.toString('latin1', 0, end + 2))
      stream.destroy()
      return
    }
    open = true
    clearTimeout(late)
    opened(self)
    take(bytes.subarray(end + headEnd.length))
  }
  stream.on('data', (data: Buffer) => {
    const bytes = rest ? Buffer.concat([rest, data]) : data
    if (open) take(bytes)
    else head(bytes)
  })
  stream.on('error', (error) => {
    failure ??= error
  })
  const late = setTimeout(() => stream.destroy(new Error('no handshake in time')), handshakeMs)
  stream.once('close', () => {
    clearTimeout(late)
    if (failure) reject(failure)
    else resolve()
  })
  const offered = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  stream.write(
    `GET ${path} HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nConnection: Upgrade\r\n` +
      `Upgrade: websocket\r\n${offered}Host: ${address}\r\n\r\n`,
  )
  return self
}
