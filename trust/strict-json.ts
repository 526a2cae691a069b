import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'

/**
 * JSON.parse forgives what a signed record must not: it keeps the last of two equal keys, rounds large integers and
 * lets broken UTF-8 through as U+FFFD. This reader (RFC 8259) refuses all three.
 */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const deepest = 64

/**
 * @param limit largest input in bytes
 * @throws LibralError `input.too-large`, `input.not-utf8`, `input.duplicate-key`, `input.unsafe-number`,
 *   `input.invalid` (with the position)
 */
export const parseStrict = (bytes: Uint8Array, limit = 1024 * 1024): Json => {
  if (bytes.byteLength > limit) throw new LibralError('input.too-large', { bytes: bytes.byteLength, limit })
  return parseStrictText(decode(bytes))
}

const decode = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new LibralError('input.not-utf8')
  }
}

/** The same for text that is UTF-16 already. */
export const parseStrictText = (text: string): Json => {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

/**
 * As {@link parseStrict}, for who then compares the canonical form of what was read with these very bytes: whatever
 * JSON.parse forgives (equal keys, other spellings, rounded numbers) shows there, and it takes a fraction of the time.
 * Compares nothing itself.
 */
export const parseToCompare = (bytes: Uint8Array): Json =>
  isShallow(bytes) ? parseCanonical(bytes) : parseStrict(bytes)

/** As {@link parseToCompare}, of bytes that canonical-form.ts let pass: nothing in them is left to forgive. */
export const parseCanonical = (bytes: Uint8Array): Json => JSON.parse(decode(bytes)) as Json

/** Whether it can't be nested deeper than the strict reader takes: it opens no more brackets than that at all. */
const isShallow = (bytes: Uint8Array): boolean => {
  let opened = 0
  // [ and {
  for (let at = 0; at < bytes.byteLength; at++) {
    const byte = bytes[at]
    if ((byte === 0x5b || byte === 0x7b) && ++opened > deepest) return false
  }
  return true
}

const literals: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// Unrolled, so that a long string costs no backtracking per character.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids raw control characters in strings
const stringPattern = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y
const spacePattern = /[ \t\n\r]*/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json {
    if (depth > deepest) this.#refuse()
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      default:
        return this.#word()
    }
  }

  end(): void {
    this.#space()
    if (this.#at !== this.#text.length) this.#refuse()
  }

  #object(depth: number): Json {
    const object: Record<string, Json> = {}
    this.#at++
    this.#space()
    if (this.#take('}')) return object
    do {
      this.#space()
      const key = this.#string()
      if (Object.hasOwn(object, key)) throw new LibralError('input.duplicate-key', { at: this.#at })
      this.#space()
      if (!this.#take(':')) this.#refuse()
      const value = this.value(depth + 1)
      // A plain assignment to __proto__ would change the object's prototype.
      if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true })
      else object[key] = value
      this.#space()
    } while (this.#take(','))
    if (!this.#take('}')) this.#refuse()
    return object
  }

  #array(depth: number): Json {
    const array: Json[] = []
    this.#at++
    this.#space()
    if (this.#take(']')) return array
    do {
      array.push(this.value(depth + 1))
      this.#space()
    } while (this.#take(','))
    if (!this.#take(']')) this.#refuse()
    return array
  }

  #string(): string {
    const token = this.#match(stringPattern)
    if (token === '') this.#refuse()
    const value = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
    if (!value.isWellFormed()) throw new LibralError('input.not-utf8', { at: this.#at })
    return value
  }

  #word(): Json {
    for (const [word, value] of literals) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    }
    return this.#number()
  }

  #number(): number {
    const token = this.#match(numberPattern)
    if (token === '') this.#refuse()
    const value = Number(token)
    const unsafe = Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value)
    if (unsafe) throw new LibralError('input.unsafe-number', { at: this.#at })
    return value
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #space(): void {
    this.#match(spacePattern)
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #refuse(): never {
    throw new LibralError('input.invalid', { at: this.#at })
  }
}
