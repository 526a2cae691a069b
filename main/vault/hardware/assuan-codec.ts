/** A line is at most 1000 bytes, its line feed among them (libassuan, ASSUAN_LINELENGTH). */
const longestLine = 1000

const percent = 0x25
const escaped = (byte: number): boolean => byte === percent || byte === 0x0a || byte === 0x0d

/** Bytes as they stand in a `D` line: `%`, CR and LF become %25, %0D and %0A. */
export const escapeData = (bytes: Uint8Array): Buffer =>
  Buffer.from([...bytes].flatMap((byte) => (escaped(byte) ? [...Buffer.from(`%${hex(byte)}`)] : [byte])))

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0')

/** The reverse of {@link escapeData}; a lone `%` stays as it is. */
export const unescapeData = (line: Uint8Array): Buffer => {
  const out: number[] = []
  for (let at = 0; at < line.length; at += 1) {
    const pair = Buffer.from(line.subarray(at + 1, at + 3)).toString('latin1')
    if (line[at] === percent && /^[0-9A-Fa-f]{2}$/.test(pair)) {
      out.push(Number.parseInt(pair, 16))
      at += 2
    } else out.push(line[at] ?? 0)
  }
  return Buffer.from(out)
}

/** The answer to an INQUIRE: as many `D` lines as it takes, then END. */
export const dataLines = (bytes: Uint8Array): Buffer => {
  const lines: Buffer[] = []
  const room = longestLine - 'D \n'.length
  for (let at = 0; at < bytes.length; ) {
    let end = at
    for (let used = 0; end < bytes.length; end += 1) {
      used += escaped(bytes[end] ?? 0) ? 3 : 1
      if (used > room) break
    }
    lines.push(Buffer.from('D '), escapeData(bytes.subarray(at, end)), Buffer.from('\n'))
    at = end
  }
  return Buffer.concat([...lines, Buffer.from('END\n')])
}

/** One line of a server's answer. `code` of an error is libgpg-error's: source in bits 24–30, cause in bits 0–15. */
export type AssuanLine =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'status'; readonly keyword: string; readonly rest: string }
  | { readonly kind: 'inquire'; readonly keyword: string; readonly rest: string }
  | { readonly kind: 'comment' }

/** @param line without its line feed. null: no line of the protocol. */
export const parseLine = (line: Buffer): AssuanLine | null => {
  const [word = '', keyword = '', ...rest] = line.toString('utf8').split(' ')
  switch (word) {
    case 'OK':
      return { kind: 'ok' }
    case 'ERR':
      return /^\d+$/.test(keyword) ? { kind: 'error', code: Number(keyword) } : null
    case 'D':
      return { kind: 'data', bytes: unescapeData(line.subarray(2)) }
    case 'S':
      return { kind: 'status', keyword, rest: rest.join(' ') }
    case 'INQUIRE':
      return { kind: 'inquire', keyword, rest: rest.join(' ') }
    default:
      return word.startsWith('#') || word === '' ? { kind: 'comment' } : null
  }
}

/** Cuts a stream into lines. Throws RangeError when a peer sends no line feed within what a line may hold. */
export class LineReader {
  #held: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Buffer[] {
    this.#held = Buffer.concat([this.#held, chunk])
    const lines: Buffer[] = []
    for (let end = this.#held.indexOf(10); end >= 0; end = this.#held.indexOf(10)) {
      lines.push(Buffer.from(this.#held.subarray(0, end)))
      this.#held = this.#held.subarray(end + 1)
    }
    // Twice the limit: some servers count the line feed, some do not.
    if (this.#held.length > 2 * longestLine) throw new RangeError('a line without an end')
    return lines
  }
}
