import { expect, test } from 'vitest'
import type { KeyEntry } from '#protocol/keys.ts'
import { grouped, matches } from './key-text.ts'

const entry = {
  certificates: [
    { parts: [{ fingerprint: 'ab12cd34'.repeat(5) }], userIds: [{ text: '田中ﾊﾅｺ <hanako@example.jp>' }] },
  ],
} as unknown as KeyEntry

test('finds by name in any width, by address, and by a piece of the fingerprint with or without spaces', () => {
  for (const wanted of ['田中', 'ハナコ', 'HANAKO@', 'AB12 CD34', 'cd34ab12', '  '])
    expect(matches(entry, wanted), wanted).toBe(true)
  for (const other of ['佐藤', 'ab1', '0000']) expect(matches(entry, other), other).toBe(false)
})

test('a fingerprint is read in groups of four', () => {
  expect(grouped('ab12cd34')).toBe('AB12 CD34')
})
