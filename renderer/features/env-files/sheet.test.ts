import { describe, expect, it } from 'vitest'
import type { EnvReader, EnvSheet } from '#protocol/env-files.ts'
import { isUnsaved, isUsable, joining, leaving, rowsOf } from './sheet.ts'

const reader = (id: string, more: Partial<EnvReader> = {}): EnvReader => ({
  ...{ id, name: id, email: '', own: false, state: 'valid', confirmed: true, version: 4, encrypts: true },
  ...more,
})
const sheet = (more: Partial<EnvSheet> = {}): EnvSheet => ({
  ...{ session: '', revision: 0, file: '.env.gpg', fresh: false, strangers: 0, forGnupg: true },
  ...{ names: ['DB_URL', 'API_KEY'], changes: [], readers: [reader('a')], before: [reader('a')] },
  ...more,
})

describe('the rows of a file', () => {
  const changed = sheet({
    changes: [
      { name: 'API_KEY', change: 'changed' },
      { name: 'OLD_KEY', change: 'removed' },
    ],
  })
  it('keep what was removed in sight', () => {
    expect(rowsOf(changed, '')).toEqual([
      { name: 'DB_URL', change: null },
      { name: 'API_KEY', change: 'changed' },
      { name: 'OLD_KEY', change: 'removed' },
    ])
  })
  it('are found by a part of the name, typed in any width and case', () => {
    expect(rowsOf(changed, ' ｋｅｙ').map(({ name }) => name)).toEqual(['API_KEY', 'OLD_KEY'])
  })
})

it('knows what is not saved yet', () => {
  expect(isUnsaved(sheet())).toBe(false)
  expect(isUnsaved(sheet({ fresh: true }))).toBe(true)
  expect(isUnsaved(sheet({ changes: [{ name: 'A', change: 'added' }] }))).toBe(true)
  const others = sheet({ readers: [reader('b')] })
  expect(isUnsaved(others)).toBe(true)
  expect(joining(others).map(({ id }) => id)).toEqual(['b'])
  expect(leaving(others).map(({ id }) => id)).toEqual(['a'])
})

it('encrypts to nobody whose certificate is over', () => {
  expect([reader('a'), reader('a', { state: 'expiring' })].every(isUsable)).toBe(true)
  expect([reader('a', { state: 'expired' }), reader('a', { encrypts: false })].some(isUsable)).toBe(false)
})
