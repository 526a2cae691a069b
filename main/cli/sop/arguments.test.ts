import { expect, test } from 'vitest'
import { chosen, dateIn, parseSop } from './arguments.ts'

test('reads options with and without a value', () => {
  const args = ['decrypt', '--with-password=a', '--with-password', 'b', '--debug', '--', 'key', '--x']
  const given = parseSop(args)
  expect(given.subcommand).toBe('decrypt')
  expect(given.values.get('with-password')).toEqual(['a', 'b'])
  expect(given.rest).toEqual(['key', '--x'])
  expect(parseSop(['armor']).rest).toEqual([])
  expect([...parseSop(['sign', '--no-armor', 'k']).flags]).toEqual(['no-armor'])
})

test.each([
  [[], 'MISSING_ARG'],
  [['frobnicate'], 'UNSUPPORTED_SUBCOMMAND'],
  [['toString'], 'UNSUPPORTED_SUBCOMMAND'],
  [['sign', '--frob'], 'UNSUPPORTED_OPTION'],
  [['sign', '-x'], 'UNSUPPORTED_OPTION'],
  [['sign', '--no-armor=yes', 'k'], 'UNSUPPORTED_OPTION'],
  [['sign', '--as'], 'MISSING_ARG'],
  [['armor', '--label=sig'], 'UNSUPPORTED_OPTION'],
])('refuses %j', (args, code) => {
  expect(() => parseSop(args)).toThrow(expect.objectContaining({ code }))
})

test('takes the values that the specification names', () => {
  expect(chosen(parseSop(['sign', '--as=text', 'k']), 'as', ['binary', 'text'], 'binary')).toBe('text')
  expect(chosen(parseSop(['sign', 'k']), 'as', ['binary', 'text'], 'binary')).toBe('binary')
  expect(() => chosen(parseSop(['sign', '--as=mime', 'k']), 'as', ['binary', 'text'], 'binary')).toThrow()
})

test('reads dates', () => {
  expect(dateIn('2019-10-24T23:48:29Z', 0, 1, 2)).toBe(Date.UTC(2019, 9, 24, 23, 48, 29))
  expect(dateIn('2019-10-24T23:48:29+09:00', 0, 1, 2)).toBe(Date.UTC(2019, 9, 24, 14, 48, 29))
  expect([dateIn('-', 0, 1, 2), dateIn(undefined, 0, 1, 2), dateIn('now', 0, 1, 2)]).toEqual([0, 1, 2])
  for (const wrong of ['yesterday', '2019-10-24', '2019-10-24T23:48:29', '2019-13-24T23:48:29Z'])
    expect(() => dateIn(wrong, 0, 1, 2)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_OPTION' }))
})
