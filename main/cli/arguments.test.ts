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
  const explained = ['--operator', 'sato', '--reason', 'ディスクの故障']
  expect(parseRequest(['backend', 'restore', '/b/x', '--data', '/d', '--key', '/k', ...explained])).toMatchObject({
    command: 'restore',
    keyFile: '/k',
    explanation: { operator: 'sato', reason: 'ディスクの故障', sign: null },
  })
  const env = { LIBRAL_DATABASE_URL: 'postgres://u:p@db/core', LIBRAL_LOG_KEY_FILE: '/k/log' }
  expect(parseRequest(['backend', 'restored', ...explained, '--sign', 'sato@example.com'], env)).toMatchObject({
    command: 'restored',
    file: '/k/log',
    explanation: { sign: 'sato@example.com' },
  })
  expect(parseRequest(['--help'])).toBe('help')
})

test('reads a move, whose target stands in the environment alone', () => {
  const env = { LIBRAL_DATABASE_URL: 'postgres://u:p@db/core', LIBRAL_LOG_KEY_FILE: '/k/log' }
  const args = ['backend', 'move', '--to', 'postgres', '--data', '/d']
  expect(parseRequest(args, env)).toMatchObject({ command: 'move', file: '/k/log', database: env.LIBRAL_DATABASE_URL })
  expect(() => parseRequest(args, { LIBRAL_LOG_KEY_FILE: '/k/log' })).toThrow(UsageError)
  expect(() => parseRequest(args, { LIBRAL_DATABASE_URL: 'postgres://db' })).toThrow(UsageError)
})

test.each([
  [[]],
  [['backend']],
  [['backend', 'move', '--data', 'd']],
  [['backend', 'move', 'x', '--to', 'postgres', '--data', 'd']],
  [['backend', 'move', '--to', 'mysql', '--data', 'd']],
  [['backend', 'restore', 'x', '--data', 'd']],
  [['backend', 'restore', 'x', '--data', 'd', '--operator', 'sato']],
  [['backend', 'backup', '--data', 'd']],
  [['backend', 'backup', 'x', 'y', '--data', 'd']],
  [['backend', 'backup', 'x']],
  [['backend', 'backup', 'x', '--data', 'd', '--force']],
])('refuses %j', (args) => {
  expect(() => parseRequest(args)).toThrow(UsageError)
})
