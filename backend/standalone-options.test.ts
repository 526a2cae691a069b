import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseOptions, UsageError } from './standalone-options.ts'

describe('options', () => {
  test('have defaults under the data directory', () => {
    expect(parseOptions([], { XDG_DATA_HOME: '/data' })).toEqual({
      directory: '/data/libral-core',
      listen: [{ kind: 'pipe', path: '/data/libral-core/run/core.sock' }],
      database: undefined,
      redis: undefined,
      tls: undefined,
      peers: { proxies: [], metrics: [], plaintext: false },
      connections: undefined,
      name: undefined,
      openTree: false,
      recoveryCode: false,
      replaceLogKey: false,
    })
  })

  test("take the payment providers' keys from a file that nobody else may read", () => {
    const file = join(mkdtempSync(join(tmpdir(), 'libral-payments-')), 'payments.json')
    const read = (content: string, mode = 0o600) => {
      writeFileSync(file, content)
      chmodSync(file, mode)
      return parseOptions([], { LIBRAL_PAYMENTS_FILE: file }).payments
    }
    const stars = { baseAddress: 'https://api.telegram.org', secrets: { botToken: '1:a' } }
    expect(read(JSON.stringify({ stars }))).toEqual({ stars: { ...stars, values: {} } })
    expect(() => read(JSON.stringify({ stars }), 0o644)).toThrow(UsageError)
    expect(() => read('{')).toThrow(UsageError)
    for (const baseAddress of ['http://192.0.2.1', 'https://api.telegram.org/', 'api.telegram.org']) {
      expect(() => read(JSON.stringify({ stars: { baseAddress } }))).toThrow(UsageError)
    }
  })

  test('come from arguments before the environment', () => {
    const env = { LIBRAL_DATA: '/env', LIBRAL_LISTEN: '127.0.0.1:1,unix:/x' }
    expect(parseOptions([], env)).toMatchObject({
      directory: '/env',
      listen: [
        { kind: 'address', host: '127.0.0.1', port: 1 },
        { kind: 'pipe', path: '/x' },
      ],
    })
    const args = ['--data', '/arg', '--listen', '[::1]:2', '--name', '本番']
    expect(parseOptions(args, env)).toMatchObject({
      directory: '/arg',
      listen: [{ kind: 'address', host: '::1', port: 2 }],
      name: '本番',
      recoveryCode: false,
      replaceLogKey: false,
    })
  })

  test.each([
    [['--listen', '7443']],
    [['--listen', 'host:']],
    [['--listen', '::1:7443']],
    [['--listen', 'a b:1']],
    [['positional']],
  ])('that mean nothing are refused: %j', (args) => {
    expect(() => parseOptions(args, {})).toThrow(UsageError)
  })
})

test('other machines are listened to only behind TLS, a proxy, or against advice', () => {
  for (const near of ['127.0.0.1:1', '[::1]:1', 'localhost:1', 'unix:/x']) parseOptions(['--listen', near], {})
  for (const far of ['0.0.0.0:1', '[::]:1', '192.168.0.2:1', 'localhost.example:1', '127.example:1']) {
    const args = ['--listen', far]
    expect(() => parseOptions(args, {}), far).toThrow(UsageError)
    parseOptions([...args, '--tls-cert', 'c', '--tls-key', 'k'], {})
    parseOptions([...args, '--trusted-proxy', '10.0.0.0/8'], {})
    parseOptions([...args, '--allow-plaintext'], {})
  }
})

describe('a team', () => {
  const url = 'postgres://a:b@db/libral'

  test('has its database, key file and Redis in the environment, and a port', () => {
    const env = {
      LIBRAL_DATA: '/d',
      LIBRAL_DATABASE_URL: url,
      LIBRAL_REDIS_URL: 'redis://:x@r',
      LIBRAL_INSTANCE: 'a-1',
    }
    expect(parseOptions([], env)).toMatchObject({
      listen: [{ kind: 'address', host: '127.0.0.1', port: 5000 }],
      database: { url, logKeyFile: '/d/log.key', instance: 'a-1' },
      redis: { address: { kind: 'server', url: 'redis://:x@r' }, prefix: 'libral' },
    })
  })

  test('may keep the passwords in files', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'libral-options-')), 'url')
    writeFileSync(file, `${url}\n`)
    expect(parseOptions([], { LIBRAL_DATABASE_URL_FILE: file }).database?.url).toBe(url)
  })

  test.each([
    [{ LIBRAL_DATABASE_URL: 'mysql://x' }],
    [{ LIBRAL_DATABASE_URL: url, LIBRAL_INSTANCE: 'a b' }],
    [{ LIBRAL_REDIS_URL: 'http://x' }],
    [{ LIBRAL_DATABASE_URL_FILE: '/nowhere/at/all' }],
    [{ LIBRAL_TRUSTED_PROXY: '10.0.0.0/33' }],
    [{ LIBRAL_METRICS_FROM: 'all' }],
    [{ LIBRAL_CONNECTIONS: '0' }],
    [{ LIBRAL_TLS_CERT: '/c' }],
  ])('is told what means nothing: %j', (env) => {
    expect(() => parseOptions([], env)).toThrow(UsageError)
  })
})
