import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { changesBetween, parseEnv, serialiseEnv, valuesOf, withoutName, withValue } from './dotenv.ts'

const valueIn = (text: string): string | undefined => valuesOf(parseEnv(text)).get('A')

test.each([
  ['A=1', '1'],
  ['A=', ''],
  ['A = x y  # comment\n', 'x y'],
  ['A=x#y', 'x#y'],
  ['A=#y', ''],
  ['  export A=1\r\n', '1'],
  ["A='a # b' # c\n", 'a # b'],
  ["A='a\\nb'", 'a\\nb'],
  ['A="a\\nb\\t\\"\\\\\\$\\x"', 'a\nb\t"\\$\\x'],
  ['A="two\nlines"\nB=1', 'two\nlines'],
  ['A=`a\'"b`', 'a\'"b'],
  ["A='open\nB=1", "'open"],
  ["A='x'y", "'x'y"],
  ['A=1\nA=2', '2'],
  ['# A=1', undefined],
  ['1A=1', undefined],
  ['A', undefined],
  ['A=$HOME', '$HOME'],
])('%j has %j', (text, value) => {
  expect(valueIn(text)).toBe(value)
})

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('A', 'B=', '=', ' ', '\t', '\n', '\r\n', '#', "'", '"', '`', '\\', 'export ', '$', '秘密'))
    .map((it) => it.join('')),
)

describe('whatever stands in a file', () => {
  it('comes back byte for byte', () => {
    fc.assert(fc.property(anyText, (text) => serialiseEnv(parseEnv(text)) === text))
  })

  it('takes any value, and keeps every other line', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, value) => {
        const before = parseEnv(text)
        const after = parseEnv(serialiseEnv(withValue(before, 'A', value)))
        expect(valuesOf(after).get('A')).toBe(value)
        const others = (lines: typeof before) => valuesOf(withoutName(lines, 'A'))
        expect(others(after)).toEqual(others(before))
      }),
    )
  })

  it('loses a name without a trace of it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = parseEnv(text)
        const after = withoutName(lines, 'A')
        expect(valuesOf(after).has('A')).toBe(false)
        expect(after).toEqual(lines.filter((it) => it.name !== 'A'))
      }),
    )
  })
})

it('writes before a quote that nothing closes, not into it', () => {
  const broken = parseEnv('B="')
  expect(serialiseEnv(withValue(broken, 'A', '#\n'))).toBe('A="#\\n"\nB="')
})

it('keeps comments, quotes and line ends where a value changes', () => {
  const text = '# head\r\nexport A="old"  # why\r\nB=1\r\n'
  expect(serialiseEnv(withValue(parseEnv(text), 'A', 'new'))).toBe('# head\r\nexport A="new"  # why\r\nB=1\r\n')
  expect(serialiseEnv(withValue(parseEnv(text), 'C', 'x y'))).toBe(`${text}C='x y'\r\n`)
  expect(serialiseEnv(withValue(parseEnv('A=1'), 'B', '2'))).toBe('A=1\nB=2\n')
  expect(serialiseEnv(withValue(parseEnv('A=#why'), 'A', 'x'))).toBe('A=x #why')
})

it('says which names changed, and never what they hold', () => {
  const before = parseEnv('A=1\nB=2\nC=3\n')
  const after = parseEnv("C=3\nA='one'\nD=4\n")
  expect(changesBetween(before, after)).toEqual([
    { name: 'A', change: 'changed' },
    { name: 'B', change: 'removed' },
    { name: 'D', change: 'added' },
  ])
})
