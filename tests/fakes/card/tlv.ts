/** A BER-TLV object: `tag` as the bytes read (0x5F52), `value` a view into the input. */
export interface Tlv {
  readonly tag: number
  readonly value: Buffer
}

const lengthBytes = (length: number): readonly number[] => {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

/** Tag, length and value; tags above 0xff are two bytes long. */
export const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const value = Buffer.concat(parts)
  const head = tag > 0xff ? [tag >> 8, tag & 0xff] : [tag]
  return Buffer.concat([Buffer.from([...head, ...lengthBytes(value.length)]), value])
}

/** The next tag and length from `at` on, and where the value begins. */
const readHead = (bytes: Buffer, at: number): { tag: number; length: number; next: number } => {
  let next = at
  let tag = bytes.readUInt8(next++)
  if ((tag & 0x1f) === 0x1f) tag = (tag << 8) | bytes.readUInt8(next++)
  let length = bytes.readUInt8(next++)
  if (length === 0x81) length = bytes.readUInt8(next++)
  else if (length === 0x82) {
    length = bytes.readUInt16BE(next)
    next += 2
  }
  return { tag, length, next }
}

/** The objects of one level. Throws a RangeError on a length that leads past the end. */
export const parseTlvs = (bytes: Buffer): Tlv[] => {
  const found: Tlv[] = []
  for (let at = 0; at < bytes.length; ) {
    const { tag, length, next } = readHead(bytes, at)
    if (next + length > bytes.length) throw new RangeError('a TLV is longer than what holds it')
    found.push({ tag, value: bytes.subarray(next, next + length) })
    at = next + length
  }
  return found
}

/** Tags and lengths without values, as in the cardholder private key template (7F48). */
export const parseTemplate = (bytes: Buffer): { tag: number; length: number }[] => {
  const found: { tag: number; length: number }[] = []
  for (let at = 0; at < bytes.length; ) {
    const { tag, length, next } = readHead(bytes, at)
    found.push({ tag, length })
    at = next
  }
  return found
}

/** The value of the first object with this tag. */
export const firstWith = (objects: readonly Tlv[], tag: number): Buffer | undefined =>
  objects.find((it) => it.tag === tag)?.value
