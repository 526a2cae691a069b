import { expect, test } from 'vitest'
import { UsageError } from '../arguments.ts'
import { parseAudit } from './arguments.ts'

const refused = (...args: readonly string[]): string => {
  try {
    parseAudit(args)
  } catch (refusal) {
    if (refusal instanceof UsageError) return refusal.message
    throw refusal
  }
  return 'taken'
}

test('takes words to search for, and no blank one, which every entry would hold', () => {
  expect(parseAudit(['search', '/f', '引き継ぎ', '321'])).toMatchObject({ words: ['引き継ぎ', '321'], limit: 50 })
  for (const blank of ['', ' ', '　']) {
    expect(refused('search', '/f', blank)).toContain('探す語')
    expect(refused('search', '/f', '引き継ぎ', blank)).toContain('探す語')
  }
})

test('shows a range that rises', () => {
  expect(parseAudit(['show', '/f', '--from', '10', '--to', '20'])).toMatchObject({ from: 10, to: 20 })
  expect(refused('show', '/f', '--from', '20', '--to', '10')).toBe('--to は --from より大きい番号です')
  expect(refused('show', '/f', '--to', '0')).toBe('--to は --from より大きい番号です')
})

test('says in Japanese what it does not know', () => {
  expect(refused('verify', '/f', '--bogus')).toBe('--bogus という指定はありません')
  expect(refused('verify', '/f', '-x')).toBe('-x という指定はありません')
  expect(refused('certify', '/f', '--index', '-1', '--size')).toContain('--index に値を指定してください')
  expect(refused('certify', '/f', '--index=-1', '--size')).toBe('--index には 0 以上の番号を指定してください')
  expect(refused('verify', '/f', '--seen')).toContain('--seen に値を指定してください')
  expect(refused('verify', '/f', '--json=x')).toBe('--json に値は指定できません')
  expect(refused('verify', '/f', '--help=x')).toBe('--help に値は指定できません')
})
