import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cell, instant, line } from './csv.ts'

test.each([
  ['plain', 'plain'],
  ['決済', '決済'],
  ['a,b', '"a,b"'],
  ['a"b', '"a""b"'],
  ['a\nb', '"a\nb"'],
  ['=1+1', "'=1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['+cmd|x', "'+cmd|x"],
  ['-2+3', "'-2+3"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ['-12.5', '-12.5'],
  ['+3', '+3'],
  ['', ''],
])('%j is written as %j', (text, written) => expect(cell(text)).toBe(written))

/** A reader after RFC 4180, written for this test alone. */
function parse(text: string): readonly string[] {
  const cells = text.replace(/\r\n$/, '').match(/("(?:[^"]|"")*"|[^",\r\n]*)(?:,|$)/g) ?? []
  return cells
    .slice(0, cells.length - 1)
    .concat(cells.at(-1) || [])
    .map((it) => {
      const raw = it.replace(/,$/, '')
      return raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw
    })
}

test('whatever stands in the cells, a reader gets it back and no cell is a formula', () => {
  const text = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '"', ',', '\r', '\n', 'a', '1', '円', ' ') })
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 6 }), (cells) => {
      const [first = '', ...rest] = cells
      const back = parse(line([`x${first}`, ...rest, 'end']))
      expect(back).toHaveLength(cells.length + 1)
      for (const it of back) expect(/^[=@]/.test(it)).toBe(false)
      expect(back.map((it, n) => (n === 0 ? it.slice(1) : it.replace(/^'/, '')))).toEqual([
        first,
        ...rest.map((it) => it.replace(/^'/, '')),
        'end',
      ])
    }),
  )
})

test('times are local, to the millisecond', () => {
  expect(instant(Date.UTC(2026, 10, 21, 1, 2, 3, 45))).toBe('2026-11-21 10:02:03.045')
  expect(instant(null)).toBe('')
})
