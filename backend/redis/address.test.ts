import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRedisUrl } from './address.ts'
import { isAfter } from './streams.ts'

test('a server at one address', () => {
  for (const url of ['redis://:x@r', 'rediss://me:x@redis.example:6380/2']) {
    expect(parseRedisUrl(url)).toEqual({ kind: 'server', url })
  }
})

test('sentinels, their name and their passwords', () => {
  expect(parseRedisUrl('redis+sentinel://:p%40ss@a:26379,b,[::1]:7/libral')).toEqual({
    kind: 'sentinels',
    sentinels: [
      { host: 'a', port: 26_379 },
      { host: 'b', port: 26_379 },
      { host: '::1', port: 7 },
    ],
    name: 'libral',
    tls: false,
    user: { username: undefined, password: 'p@ss' },
    sentinelPassword: undefined,
  })
  expect(parseRedisUrl('rediss+sentinel://me:x@a:1/n?sentinel-password=y%2Fz')).toMatchObject({
    tls: true,
    user: { username: 'me', password: 'x' },
    sentinelPassword: 'y/z',
  })
})

test.each([
  '',
  'http://r',
  'redis://',
  'redis+sentinel://a:1,b:2',
  'redis+sentinel://a:1,/n',
  'redis+sentinel://a:0/n',
  'redis+sentinel://a:99999/n',
  'redis+sentinel://:%zz@a/n',
  'redis+sentinel://a b:1/n',
])('%j is no address of Redis', (text) => {
  expect(parseRedisUrl(text)).toBeUndefined()
})

test('whatever is written there, it is read or refused', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseRedisUrl(`redis+sentinel://${text}`)))
})

test('ids of a stream are ordered by time, then by number', () => {
  expect(isAfter('10-0', '9-7')).toBe(true)
  expect(isAfter('9-10', '9-9')).toBe(true)
  expect(isAfter('9-9', '9-9')).toBe(false)
  expect(isAfter('0-0', '9-9')).toBe(false)
})
