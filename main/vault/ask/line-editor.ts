/** Bytes a person types in a terminal that echoes nothing, up to one line. */
export class LineEditor {
  #line = Buffer.alloc(0)
  #escape: 'none' | 'begun' | 'sequence' = 'none'

  /**
   * @returns 'more' until the line is whole, 'done' when Enter came, 'cancel' for Ctrl-C and for Ctrl-D on an empty line
   */
  feed(byte: number): 'more' | 'done' | 'cancel' {
    if (this.#inEscape(byte)) return 'more'
    switch (byte) {
      case 0x0d:
      case 0x0a:
        return 'done'
      case 0x03:
        return 'cancel'
      case 0x04:
        return this.#line.byteLength === 0 ? 'cancel' : 'more'
      case 0x08:
      case 0x7f:
        this.#keep(this.#beforeLast())
        return 'more'
      case 0x15:
        this.#keep(0)
        return 'more'
      default:
        if (byte >= 0x20 && this.#line.byteLength < lineLimit) this.#append(byte)
        return 'more'
    }
  }

  /** What was typed; it is the caller's now, to be overwritten after use. */
  take(): Uint8Array {
    const line = this.#line
    this.#line = Buffer.alloc(0)
    return line
  }

  wipe(): void {
    this.#line.fill(0)
  }

  /** An arrow key sends ESC [ A: none of it belongs to a passphrase. */
  #inEscape(byte: number): boolean {
    if (this.#escape === 'none') {
      if (byte !== 0x1b) return false
      this.#escape = 'begun'
      return true
    }
    if (this.#escape === 'begun' && (byte === 0x5b || byte === 0x4f)) {
      this.#escape = 'sequence'
      return true
    }
    const ends = this.#escape === 'begun' || (byte >= 0x40 && byte <= 0x7e)
    if (ends) this.#escape = 'none'
    return true
  }

  /** Where the last character of UTF-8 begins. */
  #beforeLast(): number {
    let at = this.#line.byteLength - 1
    while (at > 0 && ((this.#line[at] ?? 0) & 0xc0) === 0x80) at--
    return Math.max(0, at)
  }

  #append(byte: number): void {
    const longer = Buffer.concat([this.#line, Uint8Array.of(byte)])
    this.#line.fill(0)
    this.#line = longer
  }

  #keep(length: number): void {
    const shorter = Buffer.from(this.#line.subarray(0, length))
    this.#line.fill(0)
    this.#line = shorter
  }
}

const lineLimit = 4096
