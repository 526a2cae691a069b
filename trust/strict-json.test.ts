import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from './bytes.ts'
import { parseStrict } from './strict-json.ts'

const code = (input: string | Uint8Array): string => {
  try {
    parseStrict(typeof input === 'string' ? utf8(input) : input)
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

describe('parseStrict', () => {
  it('reads what JSON.parse reads, safe integers assumed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value)
        const large = /[0-9]{16,}|e\+/.test(text)
        fc.pre(!large && text.isWellFormed() && !/\\ud[89a-f]/i.test(text))
        expect(parseStrict(utf8(text))).toEqual(JSON.parse(text))
        expect(parseStrict(utf8(` ${JSON.stringify(value, null, 2)}\n`))).toEqual(JSON.parse(text))
      }),
      { numRuns: 60 },
    )
  })

  it.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"c":1,"c":2}}]'])(
    'refuses a key that stands twice: %s',
    (text) => expect(code(text)).toBe('input.duplicate-key'),
  )

  it.each(['9007199254740992', '-9007199254740993', '10000000000000000999', '1e400', '[1e308,1e309]'])(
    'refuses a number that would be rounded: %s',
    (text) => expect(code(text)).toBe('input.unsafe-number'),
  )

  it.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '01',
    '+1',
    '1.',
    '.5',
    '1e',
    'nul',
    'NaN',
    'Infinity',
    '"\u0001"',
    '"\\x41"',
    '"\\u12"',
    '"open',
    '[1] 2',
    '\u00a0[]',
    '\ufeff{}',
    `${'['.repeat(70)}${']'.repeat(70)}`,
  ])('refuses what is no JSON: %j', (text) => expect(code(text)).toBe('input.invalid'))

  it('refuses broken UTF-8 and lone surrogates', () => {
    expect(code(Uint8Array.of(0x22, 0xff, 0x22))).toBe('input.not-utf8')
    expect(code(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22))).toBe('input.not-utf8')
    expect(code('"\\ud800"')).toBe('input.not-utf8')
    expect(code('"\\ud83d\\ude00"')).toBe('accepted')
  })

  it('keeps __proto__ an ordinary key', () => {
    const value = parseStrict(utf8('{"__proto__":{"admin":true}}')) as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect((value as { admin?: boolean }).admin).toBeUndefined()
  })

  it('bounds its input, and takes a long string in its stride', () => {
    expect(code(utf8(`"${'x'.repeat(1024 * 1024)}"`))).toBe('input.too-large')
    const escaped = `"${'\\n'.repeat(500_000)}"`
    expect(parseStrict(utf8(escaped))).toBe('\n'.repeat(500_000))
  })
})
