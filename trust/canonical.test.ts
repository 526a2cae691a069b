import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import { canonicalText } from './canonical.ts'

const signable = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value')),
  ),
})).value

describe('canonical text', () => {
  it('is what an independent RFC 8785 library writes', () => {
    fc.assert(fc.property(signable, (value) => canonicalText(value as Json) === canonicalize(value)))
  })
  it('sorts keys by UTF-16 units and writes -0 as 0', () => {
    expect(canonicalText({ '\u{1f600}': 1, '\ufb33': -0, a: [] })).toBe('{"a":[],"\u{1f600}":1,"\ufb33":0}')
  })
  it.each([
    ['input.unsafe-number', 1.5],
    ['input.unsafe-number', 2 ** 53],
    ['input.unsafe-number', Number.NaN],
    ['input.not-utf8', '\ud800'],
    ['input.not-utf8', { '\udc00': 1 }],
    ['input.invalid', { a: undefined }],
    ['input.invalid', [() => 1]],
  ])('refuses with %s', (code, value) => {
    expect(() => canonicalText(value as Json)).toThrow(code)
  })
})
