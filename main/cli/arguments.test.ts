import { expect, test } from 'vitest'
import { parseRequest, UsageError } from './arguments.ts'

test('reads a backup and a restore', () => {
  expect(parseRequest(['backend', 'backup', '/b/x', '--data', '/d', '--json'])).toEqual({
    command: 'backup',
    file: '/b/x',
    directory: '/d',
    keyFile: null,
    json: true,
  })
  expect(parseRequest(['backend', 'restore', '/b/x', '--data', '/d', '--key', '/k'])).toMatchObject({
    command: 'restore',
    keyFile: '/k',
  })
  expect(parseRequest(['--help'])).toBe('help')
})

test.each([
  [[]],
  [['backend']],
  [['backend', 'move', 'x', '--data', 'd']],
  [['backend', 'backup', '--data', 'd']],
  [['backend', 'backup', 'x', 'y', '--data', 'd']],
  [['backend', 'backup', 'x']],
  [['backend', 'backup', 'x', '--data', 'd', '--force']],
])('refuses %j', (args) => {
  expect(() => parseRequest(args)).toThrow(UsageError)
})
