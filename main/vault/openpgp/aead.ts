import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { enums } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { Ocb, type Sealed } from './ocb.ts'
import { doubled, xorInto } from './ocb-block.ts'

/** One AEAD mode under one key, with tags of 16 bytes. */
export interface ChunkCipher {
  seal(plain: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Sealed
  /** @param sealed ends with its tag; null for a wrong one. The result is the caller's own memory */
  open(sealed: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Uint8Array | null
}

/** Octets of nonce per mode (RFC 9580, table 21). */
const nonceSizes: Partial<Record<number, number>> = { [enums.aead.eax]: 16, [enums.aead.ocb]: 15, [enums.aead.gcm]: 12 }

/** @throws LibralError `openpgp.unsupported` */
export function nonceSize(aead: number): number {
  const size = nonceSizes[aead]
  if (size === undefined) throw new LibralError('openpgp.unsupported', { what: 'aead', id: aead })
  return size
}

/**
 * @param key is copied: the caller may wipe its own
 * @throws LibralError `openpgp.unsupported`
 */
export function chunkCipher(aead: number, key: Uint8Array): ChunkCipher {
  if (aead === enums.aead.ocb) return new Ocb(key)
  const bits = (key.byteLength * 8) as Bits
  if (aead === enums.aead.gcm) return gcm(createSecretKey(key), bits)
  if (aead === enums.aead.eax) return eax(createSecretKey(key), bits)
  throw new LibralError('openpgp.unsupported', { what: 'aead', id: aead })
}

type Bits = 128 | 192 | 256

function gcm(key: KeyObject, bits: Bits): ChunkCipher {
  const name = `aes-${bits}-gcm` as const
  return {
    seal(plain, nonce, associated) {
      const cipher = createCipheriv(name, key, nonce).setAAD(associated)
      const data = cipher.update(plain)
      cipher.final()
      return { data, tag: cipher.getAuthTag() }
    },
    open(sealed, nonce, associated) {
      const end = sealed.byteLength - 16
      const decipher = createDecipheriv(name, key, nonce, { authTagLength: 16 }).setAAD(associated)
      decipher.setAuthTag(sealed.subarray(end))
      const plain = decipher.update(sealed.subarray(0, end))
      try {
        decipher.final()
        return plain
      } catch {
        plain.fill(0)
        return null
      }
    },
  }
}

/** EAX (Bellare, Rogaway, Wagner): CTR and three OMACs, each over blocks of one native call. */
function eax(key: KeyObject, bits: Bits): ChunkCipher {
  const omac = omacUnder(key, bits)
  const counter = (data: Uint8Array, from: Uint8Array): Buffer =>
    createCipheriv(`aes-${bits}-ctr`, key, from).update(data)
  const tagOf = (nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array => {
    const tag = Uint8Array.from(nonce)
    xorInto(tag, omac(1, associated))
    xorInto(tag, omac(2, sealed))
    return tag
  }
  return {
    seal(plain, nonce, associated) {
      const from = omac(0, nonce)
      const data = counter(plain, from)
      return { data, tag: tagOf(from, associated, data) }
    },
    open(all, nonce, associated) {
      const from = omac(0, nonce)
      const sealed = all.subarray(0, all.byteLength - 16)
      if (!timingSafeEqual(tagOf(from, associated, sealed), all.subarray(sealed.byteLength))) return null
      return counter(sealed, from)
    },
  }
}

function omacUnder(key: KeyObject, bits: Bits): (tweak: number, data: Uint8Array) => Uint8Array {
  const chain = (blocks: Uint8Array): Uint8Array => {
    const cipher = createCipheriv(`aes-${bits}-cbc`, key, new Uint8Array(16)).setAutoPadding(false)
    return new Uint8Array(cipher.update(blocks).subarray(-16))
  }
  const whole = doubled(chain(new Uint8Array(16)))
  const partial = doubled(whole)
  return (tweak, data) => {
    const length = Math.max(1, Math.ceil(data.byteLength / 16)) * 16
    const padding = data.byteLength === 0 ? 0 : length
    const blocks = new Uint8Array(16 + padding)
    blocks[15] = tweak
    blocks.set(data, 16)
    const full = padding === 0 || data.byteLength === length
    if (!full) blocks[16 + data.byteLength] = 0x80
    xorInto(blocks.subarray(-16), full ? whole : partial)
    return chain(blocks)
  }
}
