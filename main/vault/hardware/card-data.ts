import { LibralError } from '#protocol/errors.ts'

/** BER-TLV objects by tag, nested ones flattened into the same map: tags are unique within what a card tells. */
export const parseObjects = (bytes: Buffer): ReadonlyMap<number, Buffer> => {
  const found = new Map<number, Buffer>()
  const walk = (part: Buffer): void => {
    for (let at = 0; at < part.length; ) {
      const { tag, constructed, start, end } = readObject(part, at)
      const value = part.subarray(start, end)
      found.set(tag, value)
      if (constructed) walk(value)
      at = end
    }
  }
  try {
    walk(bytes)
  } catch (cause) {
    throw new LibralError('hardware.card-unreadable', {}, { cause })
  }
  return found
}

const readObject = (bytes: Buffer, from: number) => {
  let at = from
  const first = bytes.readUInt8(at++)
  const tag = (first & 0x1f) === 0x1f ? (first << 8) | bytes.readUInt8(at++) : first
  let length = bytes.readUInt8(at++)
  if (length > 0x82) throw new RangeError('a length of more than two bytes')
  if (length > 0x80) {
    const size = length - 0x80
    length = bytes.readUIntBE(at, size)
    at += size
  }
  if (at + length > bytes.length) throw new RangeError('too short')
  return { tag, constructed: (first & 0x20) !== 0, start: at, end: at + length }
}

/** off: never; on: at every use; fixed: at every use, for good. unknown: the card has no such setting. */
export type TouchPolicy = 'off' | 'on' | 'fixed' | 'unknown'

export interface CardKey {
  readonly slot: 1 | 2 | 3
  /** `ed25519`, `cv25519`, `nistp256`, `rsa2048`, …; `unknown` for a curve that is not known here. */
  readonly algorithm: string
  readonly present: boolean
  /** Of the version 4 key for which it was made, lower-case hex; null when none was written. */
  readonly fingerprint: string | null
  readonly createdAt: Date | null
  readonly touch: TouchPolicy
}

/** What a card says of itself. Tries: of the user PIN, the resetting code (0: none set) and the admin PIN. */
export interface CardStatus {
  /** The whole application id, 32 upper-case hex digits, as GnuPG names cards. */
  readonly serial: string
  readonly manufacturer: number
  /** Eight digits, as printed on the card. */
  readonly number: string
  readonly version: string
  readonly holder: string
  readonly tries: { readonly pin: number; readonly resetCode: number; readonly adminPin: number }
  readonly signatures: number
  /** PINs travel hashed (KDF object). */
  readonly hashedPins: boolean
  readonly keys: readonly CardKey[]
}

const curves: Readonly<Record<string, string>> = {
  '2b06010401da470f01': 'ed25519',
  '2b060104019755010501': 'cv25519',
  '2a8648ce3d030107': 'nistp256',
  '2b81040022': 'nistp384',
  '2b81040023': 'nistp521',
}

const algorithmName = (attribute: Buffer): string => {
  if (attribute[0] === 1) return `rsa${attribute.readUInt16BE(1)}`
  const oid = attribute.subarray(1).toString('hex')
  return curves[oid] ?? curves[oid.replace(/ff$/, '')] ?? 'unknown'
}

const touchNames: readonly TouchPolicy[] = ['off', 'on', 'fixed']
const empty = Buffer.alloc(0)

const keyAt = (objects: ReadonlyMap<number, Buffer>, slot: 1 | 2 | 3): CardKey => {
  const part = (tag: number, size: number): Buffer =>
    (objects.get(tag) ?? empty).subarray((slot - 1) * size, slot * size)
  const fingerprint = part(0xc5, 20)
  const created = part(0xcd, 4)
  const seconds = created.length === 4 ? created.readUInt32BE(0) : 0
  const written = fingerprint.some((byte) => byte !== 0)
  const origin = objects.get(0xde)?.[slot * 2 - 1]
  return {
    slot,
    algorithm: algorithmName(objects.get(0xc0 + slot) ?? empty),
    present: origin === undefined ? written : origin !== 0,
    fingerprint: written ? fingerprint.toString('hex') : null,
    createdAt: seconds === 0 ? null : new Date(seconds * 1000),
    touch: touchNames[objects.get(0xd5 + slot)?.[0] ?? -1] ?? 'unknown',
  }
}

/** Reads the objects 6E (application), 65 (holder) and 7A (counter) of an OpenPGP card, version 2.0 to 3.4. */
export const cardStatus = (application: Buffer, holder: Buffer, security: Buffer, kdf: Buffer): CardStatus => {
  const objects = parseObjects(application)
  const aid = objects.get(0x4f)
  const pins = objects.get(0xc4)
  if (aid?.length !== 16 || pins?.length !== 7) throw new LibralError('hardware.card-unreadable')
  const counter = parseObjects(security).get(0x93) ?? empty
  const name = parseObjects(holder).get(0x5b) ?? empty
  return {
    serial: aid.toString('hex').toUpperCase(),
    manufacturer: aid.readUInt16BE(8),
    number: aid.subarray(10, 14).toString('hex').toUpperCase(),
    version: `${aid[6]}.${aid[7]}`,
    holder: name.toString('latin1').split('<<').reverse().join(' ').replaceAll('<', ' ').trim(),
    tries: { pin: pins[4] ?? 0, resetCode: pins[5] ?? 0, adminPin: pins[6] ?? 0 },
    signatures: counter.length === 3 ? counter.readUIntBE(0, 3) : 0,
    hashedPins: (parseObjects(kdf).get(0x81)?.[0] ?? 0) === 3,
    keys: [keyAt(objects, 1), keyAt(objects, 2), keyAt(objects, 3)],
  }
}
