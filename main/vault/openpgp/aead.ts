import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto'
import { enums } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { Ocb } from './ocb.ts'
import { doubled, xorInto } from './ocb-block.ts'

/** One AEAD mode under one key: what is sealed carries its tag of 16 bytes at the end. */
export interface ChunkCipher {
  seal(plain: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Uint8Array
  /** null for a wrong tag */
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

/** @throws LibralError `openpgp.unsupported` */
export function chunkCipher(aead: number, key: Uint8Array): ChunkCipher {
  if (aead === enums.aead.ocb) return new Ocb(key)
  if (aead === enums.aead.gcm) return gcm(key)
  if (aead === enums.aead.eax) return eax(key)
  throw new LibralError('openpgp.unsupported', { what: 'aead', id: aead })
}

function gcm(key: Uint8Array): ChunkCipher {
  const name = `aes-${(key.byteLength * 8) as 128 | 192 | 256}-gcm` as const
  return {
    seal(plain, nonce, associated) {
      const cipher = createCipheriv(name, key, nonce).setAAD(associated)
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
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
function eax(key: Uint8Array): ChunkCipher {
  const bits = key.byteLength * 8
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
      const sealed = counter(plain, from)
      return Buffer.concat([sealed, tagOf(from, associated, sealed)])
    },
    open(all, nonce, associated) {
      const from = omac(0, nonce)
      const sealed = all.subarray(0, all.byteLength - 16)
      if (!timingSafeEqual(tagOf(from, associated, sealed), all.subarray(sealed.byteLength))) return null
      return counter(sealed, from)
    },
  }
}

function omacUnder(key: Uint8Array, bits: number): (tweak: number, data: Uint8Array) => Uint8Array {
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
