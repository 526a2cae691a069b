/**
 * Tells canonical bytes from others without writing them anew: a review reads a million entries, and serialising each of
 * them again took longer than its signature's hash. What it lets pass is canonical (RFC 8785, safe integers); what it does
 * not may be canonical all the same, and is for canonical.ts to judge: names of members that are not plain ASCII, whose
 * order by UTF-16 units is another than by bytes.
 */

/** Values of an object's members by name: [first byte, byte behind the last). */
export type Spans = ReadonlyMap<string, readonly [number, number]>

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const [minus, zero, nine] = [0x2d, 0x30, 0x39]
const deepest = 64
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word))
/** After a backslash: " \ b f n r t, which are written no other way. */
const escapes = new Set([...Buffer.from('"\\bfnrt')])
/** Control characters that have a short escape. */
const short = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d])
/** Digits of a number that is safe whatever they are. */
const safeDigits = 15

/**
 * @param bytes UTF-8, which whoever decodes them checks
 * @param inside name of a member: an object, whose members are told instead
 * @returns null unless the bytes are one canonical JSON object
 */
export const canonicalMembers = (bytes: Uint8Array, inside: string | null = null): Spans | null => {
  const spans = new Map<string, readonly [number, number]>()
  const scan = new Scan(bytes)
  return bytes[0] === openBrace && scan.object(0, spans, inside) && scan.at === bytes.byteLength ? spans : null
}

class Scan {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @param members gets the values of this very object, or of the one that is its member `inside` */
  object(depth: number, members: Map<string, readonly [number, number]> | null, inside: string | null): boolean {
    const bytes = this.#bytes
    if (bytes[++this.at] === closeBrace) return this.#pass()
    for (let [before, beforeEnd] = [0, 0]; ; ) {
      const key = this.at + 1
      if (!this.#name()) return false
      const end = this.at - 1
      if (before > 0 && !this.#rises(before, beforeEnd, key, end)) return false
      before = key
      beforeEnd = end
      if (bytes[this.at++] !== colon) return false
      const start = this.at
      const name = members === null ? null : bytes.toString('latin1', key, end)
      const enter = inside !== null && name === inside && bytes[start] === openBrace
      if (!(enter ? this.object(depth + 1, members, null) : this.#value(depth + 1))) return false
      if (name !== null && inside === null) members?.set(name, [start, this.at])
      const next = bytes[this.at++]
      if (next === closeBrace) return true
      if (next !== comma) return false
    }
  }

  #value(depth: number): boolean {
    const byte = this.#bytes[this.at] ?? 0
    if (byte === quote) return this.#string()
    if (byte === minus || (byte >= zero && byte <= nine)) return this.#number()
    if (depth > deepest) return false
    if (byte === openBrace) return this.object(depth, null, null)
    if (byte === openBracket) return this.#array(depth)
    return words.some((word) => this.#word(word))
  }

  #array(depth: number): boolean {
    if (this.#bytes[++this.at] === closeBracket) return this.#pass()
    for (;;) {
      if (!this.#value(depth + 1)) return false
      const next = this.#bytes[this.at++]
      if (next === closeBracket) return true
      if (next !== comma) return false
    }
  }

  /** Of a member: printable ASCII without escapes, and not the one name that assigns. */
  #name(): boolean {
    const bytes = this.#bytes
    const from = this.at + 1
    if (bytes[this.at] !== quote) return false
    let at = from
    for (let byte = bytes[at] ?? 0; byte !== quote; byte = bytes[++at] ?? 0)
      if (byte < 0x20 || byte > 0x7e || byte === backslash) return false
    this.at = at + 1
    return bytes[from] !== 0x5f || bytes[from + 1] !== 0x5f
  }

  /** Whether a name comes after another. */
  #rises(before: number, beforeEnd: number, key: number, end: number): boolean {
    const bytes = this.#bytes
    const length = Math.min(beforeEnd - before, end - key)
    for (let nth = 0; nth < length; nth++) {
      const difference = (bytes[key + nth] ?? 0) - (bytes[before + nth] ?? 0)
      if (difference !== 0) return difference > 0
    }
    return end - key > beforeEnd - before
  }

  #string(): boolean {
    const bytes = this.#bytes
    let at = this.at + 1
    for (;;) {
      const byte = bytes[at++] ?? 0
      if (byte === quote) break
      if (byte < 0x20) return false
      if (byte !== backslash) continue
      this.at = at
      if (!this.#escape()) return false
      at = this.at
    }
    this.at = at
    return true
  }

  #escape(): boolean {
    const bytes = this.#bytes
    const byte = bytes[this.at++] ?? 0
    if (escapes.has(byte)) return true
    // \u00 and two digits, small letters, for the control characters alone.
    const code = byte === 0x75 ? bytes.toString('latin1', this.at, this.at + 4) : ''
    this.at += 4
    return /^00[01][0-9a-f]$/.test(code) && !short.has(Number.parseInt(code, 16))
  }

  #number(): boolean {
    const bytes = this.#bytes
    const start = this.at
    if (bytes[this.at] === minus) this.at++
    const first = this.at
    while (isDigit(bytes[this.at])) this.at++
    const digits = this.at - first
    if (digits === 0) return false
    // No zero in front, and none with a sign.
    if (bytes[first] === zero) return digits === 1 && first === start
    if (digits <= safeDigits) return true
    const text = bytes.toString('latin1', first, this.at)
    return digits === safeDigits + 1 && Number.isSafeInteger(Number(text))
  }

  #word(word: Uint8Array): boolean {
    for (const [nth, byte] of word.entries()) if (this.#bytes[this.at + nth] !== byte) return false
    this.at += word.byteLength
    return true
  }

  #pass(): true {
    this.at++
    return true
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine
