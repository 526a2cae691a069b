import { type Cipheriv, createCipheriv } from 'node:crypto'

/**
 * Opens AES-CFB with an IV of zeros. Each block is masked with the AES of the block before it, and those are all there:
 * one native AES-ECB call masks a whole piece, twice as fast as the native CFB, and for AES-192 too, whose CFB Electron
 * lacks.
 */
export class CfbOpener {
  readonly #cipher: Cipheriv
  #blocks = new Uint8Array(0)
  #last: Uint8Array = new Uint8Array(16)

  /** @param key 16, 24 or 32 bytes */
  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv(`aes-${key.byteLength * 8}-ecb`, key, null).setAutoPadding(false)
  }

  /** @param sealed whole blocks; only the last piece may end within one */
  open(sealed: Uint8Array): Uint8Array {
    const length = Math.ceil(sealed.byteLength / 16) * 16
    if (this.#blocks.byteLength < length) this.#blocks = new Uint8Array(length)
    this.#blocks.set(this.#last)
    this.#blocks.set(sealed.subarray(0, length - 16), 16)
    this.#last = Uint8Array.from(sealed.subarray(-16))
    const mask = this.#cipher.update(this.#blocks.subarray(0, length))
    return unmasked(mask.subarray(0, sealed.byteLength), sealed)
  }
}

/** In place, word by word. */
function unmasked(mask: Uint8Array, sealed: Uint8Array): Uint8Array {
  const words = mask.byteLength >>> 2
  if (mask.byteOffset % 4 === 0 && sealed.byteOffset % 4 === 0) {
    const [to, by] = [mask, sealed].map((it) => new Int32Array(it.buffer, it.byteOffset, words)) as [
      Int32Array,
      Int32Array,
    ]
    for (let i = 0; i < words; i++) to[i] = (to[i] as number) ^ (by[i] as number)
  } else for (let i = 0; i < words * 4; i++) mask[i] = (mask[i] ?? 0) ^ (sealed[i] ?? 0)
  for (let i = words * 4; i < mask.byteLength; i++) mask[i] = (mask[i] ?? 0) ^ (sealed[i] ?? 0)
  return mask
}
