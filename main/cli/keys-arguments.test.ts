import { expect, test } from 'vitest'
import { UsageError } from './arguments.ts'
import { parseKeys } from './keys-arguments.ts'

const fingerprint = '0123456789abcdef0123456789abcdef01234567'

test('reads what is asked for, with the usual values', () => {
  expect(parseKeys(['create', '--name', '花子'])).toEqual({
    command: 'create',
    name: '花子',
    email: '',
    curve: '25519',
    companion: true,
    days: 730,
    json: false,
    userData: null,
    passphraseFd: null,
    yes: false,
  })
  expect(parseKeys(['search', 'a', 'b'])).toMatchObject({ command: 'list', words: ['a', 'b'] })
  expect(parseKeys(['extend', 'x', '--no-expiry'])).toMatchObject({ days: null })
  const grouped = fingerprint.toUpperCase().match(/.{4}/g) ?? []
  expect(parseKeys(['confirm', ...grouped, '--undo'])).toMatchObject({ fingerprint, confirmed: false })
  expect(parseKeys(['import', '--gnupg', `0x${fingerprint}`])).toMatchObject({
    command: 'import-gnupg',
    fingerprints: [fingerprint],
  })
  expect(parseKeys(['--help'])).toBe('help')
})

test.each([
  [[]],
  [['frobnicate']],
  [['list', '--secret']],
  [['list', '--passphrase', 'x']],
  [['list', '--passphrase-fd', 'x']],
  [['list', '--state', 'good']],
  [['show']],
  [['show', 'x', 'y']],
  [['create']],
  [['create', '--name', 'x', '--days', '0']],
  [['create', '--name', 'x', '--days', '9', '--no-expiry']],
  [['extend', 'x']],
  [['export', 'x', '--secret', '--revocation']],
  [['export', 'x', '--version', '5']],
  [['import']],
  [['import', 'x', '--secret']],
  [['import', '-', '--passphrase-fd', '0']],
  [['import', '--gnupg']],
  [['import', '--gnupg', '--all', fingerprint]],
  [['confirm', 'abcd']],
  [['revoke', 'x']],
  [['revoke', 'x', '--reason', 'bored']],
])('refuses %j', (args) => {
  expect(() => parseKeys(args)).toThrow(UsageError)
})
