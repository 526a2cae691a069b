import { connect, type Socket } from 'node:net'

/**
 * As much of D-Bus as it takes to ask whether a name has an owner: EXTERNAL authentication, `Hello`, `NameHasOwner`
 * (D-Bus Specification, "Message Protocol").
 */

const bus = 'org.freedesktop.DBus'
const limitMs = 1_000

/**
 * @param address as in DBUS_SESSION_BUS_ADDRESS; only its Unix sockets are tried
 * @returns false also where there is no bus, or it does not answer within a second
 */
export async function nameHasOwner(address: string | undefined, name: string): Promise<boolean> {
  let socket: Socket | null = null
  try {
    const path = socketOf(address ?? '')
    if (path === null) return false
    socket = connect(path)
    return await Promise.race([ask(socket, name), later(limitMs)])
  } catch {
    return false
  } finally {
    socket?.destroy()
  }
}

/** `unix:path=/run/user/1000/bus,guid=…;…`; an abstract socket begins with a null byte. */
export function socketOf(address: string): string | null {
  for (const part of address.split(';')) {
    const match = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(part)
    const value = match?.[2]
    if (value !== undefined) return (match?.[1] === 'abstract' ? '\0' : '') + decodeURIComponent(value)
  }
  return null
}

async function ask(socket: Socket, name: string): Promise<boolean> {
  const read = reader(socket)
  const uid = Buffer.from(String(process.getuid?.() ?? 0), 'ascii').toString('hex')
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`)
  const greeting = await read(lineLength)
  if (!greeting.toString('latin1').startsWith('OK ')) return false
  socket.write('BEGIN\r\n')
  socket.write(methodCall(1, 'Hello', null))
  socket.write(methodCall(2, 'NameHasOwner', { signature: 's', body: dbusString(name) }))
  for (;;) {
    const message = await read(messageLength)
    const answer = replyTo(message, 2)
    if (answer !== null) return answer
  }
}

/** Reads whole pieces: `lengthOf` says how long the first one is, 0 while that is not known yet. */
function reader(socket: Socket): (lengthOf: (bytes: Buffer) => number) => Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0)
  let wake = (): void => {}
  let failed = false
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data])
    wake()
  })
  const fail = (): void => {
    failed = true
    wake()
  }
  socket.on('error', fail)
  socket.on('close', fail)
  return async (lengthOf) => {
    for (;;) {
      const length = lengthOf(bytes)
      if (length > 0 && bytes.length >= length) {
        const piece = bytes.subarray(0, length)
        bytes = bytes.subarray(length)
        return piece
      }
      if (failed) throw new Error('the bus hung up')
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}

/** With its end; 0 while that has not come. */
const lineLength = (bytes: Buffer): number => {
  const end = bytes.indexOf('\r\n')
  return end < 0 ? 0 : end + 2
}

const aligned = (length: number): number => (length + 7) & ~7

function messageLength(bytes: Buffer): number {
  if (bytes.length < 16) return 0
  return 16 + aligned(bytes.readUInt32LE(12)) + bytes.readUInt32LE(4)
}

const fieldCodes = { path: 1, interface: 2, member: 3, replySerial: 5, destination: 6, signature: 8 } as const

/** Arguments as they are marshalled. */
export interface Arguments {
  readonly signature: string
  readonly body: Buffer
}

/** A method call on the bus itself, little-endian. */
export function methodCall(serial: number, member: string, given: Arguments | null): Buffer {
  const body = given?.body ?? Buffer.alloc(0)
  const fields = Buffer.concat([
    padded(field(fieldCodes.path, 'o', dbusString('/org/freedesktop/DBus'))),
    padded(field(fieldCodes.interface, 's', dbusString(bus))),
    padded(field(fieldCodes.member, 's', dbusString(member))),
    ...(given === null ? [] : [padded(field(fieldCodes.signature, 'g', dbusSignature(given.signature)))]),
    field(fieldCodes.destination, 's', dbusString(bus)),
  ])
  const head = Buffer.alloc(16)
  head.write('l', 0, 'latin1')
  head.set([1, 0, 1], 1)
  head.writeUInt32LE(body.length, 4)
  head.writeUInt32LE(serial, 8)
  head.writeUInt32LE(fields.length, 12)
  return Buffer.concat([head, padded(fields), body])
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)])
const field = (code: number, type: string, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), value])

const dbusSignature = (text: string): Buffer => Buffer.from(`${String.fromCharCode(text.length)}${text}\0`, 'latin1')

export function dbusString(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes, Buffer.from([0])])
}

const methodReturn = 2

/** The boolean that answers the call with this serial; null for every other message; an error answer is false. */
function replyTo(message: Buffer, serial: number): boolean | null {
  const fieldsEnd = 16 + message.readUInt32LE(12)
  if (replySerial(message.subarray(16, fieldsEnd)) !== serial) return null
  const body = 16 + aligned(message.readUInt32LE(12))
  return message.readUInt8(1) === methodReturn && message.readUInt32LE(body) === 1
}

/** Finds REPLY_SERIAL: code 5, variant of type `u`. */
function replySerial(fields: Buffer): number | null {
  const at = fields.indexOf(Buffer.from([fieldCodes.replySerial, 1, 'u'.charCodeAt(0), 0]))
  return at < 0 ? null : fields.readUInt32LE(at + 4)
}

const later = (ms: number): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, ms, false).unref())
