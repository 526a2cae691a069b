import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pinBytes } from './card-kdf.ts'

const object = (count: number): Buffer => {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(count)
  const part = (tag: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(tag, value.length), value])
  const salt = Buffer.from('0001020304050607', 'hex')
  return Buffer.concat([part(0x81, Buffer.of(3)), part(0x82, Buffer.of(8)), part(0x83, size), part(0x84, salt)])
}

describe('a PIN', () => {
  it('goes as it is without a KDF object', () => {
    expect(pinBytes(Buffer.alloc(0), 'pin', Buffer.from('123456'))).toEqual(Buffer.from('123456'))
    expect(pinBytes(Buffer.from('810100', 'hex'), 'pin', Buffer.from('123456'))).toEqual(Buffer.from('123456'))
  })

  it('is hashed with its salt, over and over, cut at the count', () => {
    const block = Buffer.concat([Buffer.from('0001020304050607', 'hex'), Buffer.from('123456')])
    const expected = createHash('sha256').update(block).update(block).update(block.subarray(0, 3)).digest()
    expect(pinBytes(object(31), 'pin', Buffer.from('123456'))).toEqual(expected)
    expect(pinBytes(object(1), 'admin-pin', Buffer.from('123456'))).toEqual(createHash('sha256').update(block).digest())
  })
})
