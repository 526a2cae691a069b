import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, timingSafeEqual } from 'node:crypto'
import { doubled, trailingZeros, xorInto } from './ocb-block.ts'
import { passOver, wipe } from './ocb-pass.ts'

/** Ciphertext as long as its plaintext, and the tag of 16 bytes that follows it on the wire. */
export interface Sealed {
  readonly data: Uint8Array
  readonly tag: Uint8Array
}

/**
 * AES-OCB3 (RFC 7253) with tags of 16 bytes, for runtimes whose native crypto has no OCB (Electron's BoringSSL): all
 * blocks of a chunk go through one native AES-ECB call, between two passes of XOR (ocb-pass.ts). The offsets that depend
 * on the block's number alone are kept in a table; the nonce's own offset is added to it, since OCB's offsets are a sum.
 */
export class Ocb {
  readonly #encipherer: Cipheriv
  readonly #decipherer: Decipheriv
  readonly #star: Uint8Array
  readonly #dollar: Uint8Array
  /** `#dollar` doubled over and over, as far as anybody asked. */
  readonly #ladder: Uint8Array[]
  #table = new Uint8Array(0)

  /** @param key 16, 24 or 32 bytes */
  constructor(key: Uint8Array) {
    const name = `aes-${key.byteLength * 8}-ecb`
    this.#encipherer = createCipheriv(name, key, null).setAutoPadding(false)
    this.#decipherer = createDecipheriv(name, key, null).setAutoPadding(false)
    this.#star = this.#encipher(new Uint8Array(16))
    this.#dollar = doubled(this.#star)
    this.#ladder = [doubled(this.#dollar)]
  }

  seal(plain: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Sealed {
    return this.#run(true, plain, nonce, associated)
  }

  /** @returns null, and nothing of the data, unless the tag at the end fits */
  open(sealed: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Uint8Array | null {
    const length = sealed.byteLength - 16
    if (length < 0) return null
    const { data, tag } = this.#run(false, sealed.subarray(0, length), nonce, associated)
    if (timingSafeEqual(tag, sealed.subarray(length))) return data
    data.fill(0)
    return null
  }

  #encipher(blocks: Uint8Array): Buffer {
    return this.#encipherer.update(blocks)
  }

  #run(sealing: boolean, input: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Sealed {
    const whole = input.byteLength & ~15
    const start = this.#startOffset(nonce)
    const offset = start.slice()
    const checksum = new Uint8Array(16)
    let data: Uint8Array = new Uint8Array(0)
    if (whole > 0) {
      this.#grow(whole)
      data = this.#whole(sealing, input.subarray(0, whole), start, checksum)
      xorInto(offset, this.#table.subarray(whole - 16, whole))
    }
    if (input.byteLength > whole)
      data = Buffer.concat([data, this.#rest(sealing, input.subarray(whole), offset, checksum)])
    xorInto(checksum, offset)
    xorInto(checksum, this.#dollar)
    const tag = this.#encipher(checksum)
    xorInto(tag, this.#hash(associated))
    return { data, tag }
  }

  /** The native call's own output becomes the result: memory that is asked for anew costs as much as AES itself. */
  #whole(sealing: boolean, input: Uint8Array, start: Uint8Array, checksum: Uint8Array): Uint8Array {
    const into = passOver(input, this.#table, start)
    const result = sealing ? this.#encipher(into.data) : this.#decipherer.update(into.data)
    const out = passOver(result, this.#table, start)
    result.set(out.data)
    checksum.set(sealing ? into.before : out.after)
    wipe(out)
    return result
  }

  /** The bytes after the last whole block; `offset` moves on with them. */
  #rest(sealing: boolean, input: Uint8Array, offset: Uint8Array, checksum: Uint8Array): Uint8Array {
    xorInto(offset, this.#star)
    const pad = this.#encipher(offset)
    const out = input.map((byte, i) => byte ^ (pad[i] ?? 0))
    const plain = sealing ? input : out
    plain.forEach((byte, i) => {
      checksum[i] = (checksum[i] ?? 0) ^ byte
    })
    checksum[plain.byteLength] = (checksum[plain.byteLength] ?? 0) ^ 0x80
    return out
  }

  /** @param number of a block, from 1 */
  #step(number: number): Uint8Array {
    const at = trailingZeros(number)
    while (this.#ladder.length <= at) this.#ladder.push(doubled(this.#ladder.at(-1) as Uint8Array))
    return this.#ladder[at] as Uint8Array
  }

  /** Sums of the ladder's steps for as many bytes of blocks, from the first on. */
  #grow(length: number): void {
    if (this.#table.byteLength >= length) return
    const table = new Uint8Array(length)
    for (let at = 0; at < length; at += 16) {
      const sum = table.subarray(at, at + 16)
      sum.set(this.#step(at / 16 + 1))
      if (at > 0) xorInto(sum, table.subarray(at - 16))
    }
    this.#table = table
  }

  #startOffset(nonce: Uint8Array): Uint8Array {
    const block = new Uint8Array(16)
    block.set(nonce, 16 - nonce.byteLength)
    block[15 - nonce.byteLength] = (block[15 - nonce.byteLength] ?? 0) | 1
    const bottom = (block[15] ?? 0) & 0x3f
    block[15] = (block[15] ?? 0) & 0xc0
    const top = this.#encipher(block)
    const stretch = new Uint8Array(25)
    stretch.set(top)
    for (let i = 0; i < 8; i++) stretch[16 + i] = (top[i] ?? 0) ^ (top[i + 1] ?? 0)
    const [bytes, bits] = [bottom >>> 3, bottom & 7]
    const offset = new Uint8Array(16)
    for (let i = 0; i < 16; i++) {
      const pair = ((stretch[i + bytes] ?? 0) << 8) | (stretch[i + bytes + 1] ?? 0)
      offset[i] = pair >>> (8 - bits)
    }
    return offset
  }

  #hash(associated: Uint8Array): Uint8Array {
    const sum = new Uint8Array(16)
    const offset = new Uint8Array(16)
    const blocks = associated.byteLength >>> 4
    const step = (block: Uint8Array): void => {
      xorInto(block, offset)
      xorInto(sum, this.#encipher(block))
    }
    for (let number = 1; number <= blocks; number++) {
      xorInto(offset, this.#step(number))
      step(new Uint8Array(associated.subarray((number - 1) * 16, number * 16)))
    }
    if (associated.byteLength % 16 !== 0) {
      xorInto(offset, this.#star)
      const last = new Uint8Array(16)
      last.set(associated.subarray(blocks * 16))
      last[associated.byteLength % 16] = 0x80
      step(last)
    }
    return sum
  }
}
