import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findAtom, findList, parseSexp, writeSexp } from './s-expression.ts'

describe('canonical S-expressions', () => {
  it('are read as they were written, gpg-agent’s padding aside', () => {
    const written = writeSexp(['sig-val', ['ecdsa', ['r', Buffer.of(0x28, 0)], ['s', Buffer.of(1)]]])
    expect(written.toString('latin1')).toBe('(7:sig-val(5:ecdsa(1:r2:(\0)(1:s1:\x01)))')
    const read = parseSexp(Buffer.concat([written, Buffer.alloc(3)]))
    expect(findAtom(read, 'r')).toEqual(Buffer.of(0x28, 0))
    expect(findAtom(read, 'x')).toBeNull()
    expect(findList(read, 'ecdsa')).not.toBeNull()
  })

  it.each(['', '(', '(3:ab)', '(1:a', '(a)', '1:a1:b', '(-1:a)', `${'('.repeat(40)}`])('refuse %j', (text) => {
    expect(() => parseSexp(Buffer.from(text))).toThrow(RangeError)
  })

  it('end in a value or a RangeError, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('(', ')', ':', '1', '2', 'a') }), (text) => {
        try {
          parseSexp(Buffer.from(text))
        } catch (failure) {
          expect(failure).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
