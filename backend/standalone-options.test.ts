import { describe, expect, test } from 'vitest'
import { parseListen, parseOptions, reachable, UsageError } from './standalone-options.ts'

describe('options', () => {
  test('have defaults under the data directory', () => {
    expect(parseOptions([], { XDG_DATA_HOME: '/data' })).toEqual({
      directory: '/data/libral-core',
      listen: [{ kind: 'pipe', path: '/data/libral-core/run/core.sock' }],
      httpPort: undefined,
      name: undefined,
      recoveryCode: false,
    })
  })

  test('come from arguments before the environment', () => {
    const env = { LIBRAL_DATA: '/env', LIBRAL_LISTEN: '127.0.0.1:1,unix:/x', LIBRAL_HTTP: '9' }
    expect(parseOptions([], env)).toMatchObject({
      directory: '/env',
      listen: [
        { kind: 'address', host: '127.0.0.1', port: 1 },
        { kind: 'pipe', path: '/x' },
      ],
      httpPort: 9,
    })
    const args = ['--data', '/arg', '--listen', '[::1]:2', '--http', '0', '--name', '本番']
    expect(parseOptions(args, env)).toEqual({
      directory: '/arg',
      listen: [{ kind: 'address', host: '::1', port: 2 }],
      httpPort: 0,
      name: '本番',
      recoveryCode: false,
    })
  })

  test.each([
    [['--listen', '7443']],
    [['--listen', 'host:']],
    [['--listen', '::1:7443']],
    [['--listen', 'a b:1']],
    [['--http', '65536']],
    [['--http', '-1']],
    [['positional']],
  ])('that mean nothing are refused: %j', (args) => {
    expect(() => parseOptions(args, {})).toThrow(UsageError)
  })
})

test('addresses that other machines reach are told apart', () => {
  expect(reachable([parseListen('127.0.0.1:1'), parseListen('[::1]:1'), parseListen('localhost:1')])).toBe(false)
  expect(reachable([parseListen('unix:/x')])).toBe(false)
  for (const far of ['0.0.0.0:1', '[::]:1', '192.168.0.2:1', 'localhost.example:1', '127.example:1']) {
    expect(reachable([parseListen(far)]), far).toBe(true)
  }
})
