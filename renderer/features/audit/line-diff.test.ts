import fc from 'fast-check'
import { expect, it } from 'vitest'
import { linesBetween } from './line-diff.ts'

const text = fc
  .array(fc.constantFrom('permit', 'forbid', '}', ''), { minLength: 1, maxLength: 12 })
  .map((it) => it.join('\n'))

it('gives back both texts, and finds nothing where they are one', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = linesBetween(before, after)
      const side = (without: string): string =>
        lines
          .filter(({ kind }) => kind !== without)
          .map((line) => line.text)
          .join('\n')
      expect(side('added')).toBe(before)
      expect(side('removed')).toBe(after)
      if (before === after) expect(lines.every(({ kind }) => kind === 'same')).toBe(true)
    }),
  )
})

it('shows a changed line as one removed and one added', () => {
  expect(linesBetween('a\nb\nc', 'a\nx\nc').map(({ kind, text: line }) => `${kind} ${line}`)).toEqual([
    'same a',
    'removed b',
    'added x',
    'same c',
  ])
})
