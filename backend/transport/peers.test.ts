import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { blockListOf, createPeers, defaultPeerRules } from './peers.ts'

const from = (remoteAddress: string | undefined, headers: Record<string, string> = {}, encrypted = false) =>
  ({ socket: { remoteAddress, encrypted }, headers }) as unknown as IncomingMessage
const forwarded = (hops: string, more: Record<string, string> = {}) => ({ 'x-forwarded-for': hops, ...more })
const https = { 'x-forwarded-proto': 'https' }

describe('the peer of a request', () => {
  const peers = createPeers({ ...defaultPeerRules, proxies: ['10.0.0.0/8'] })
  const addressOf = (...of: Parameters<typeof from>) => peers.of(from(...of)).address

  test('is who connected, whatever it says of others', () => {
    expect(addressOf('192.0.2.1', forwarded('203.0.113.9'))).toBe('192.0.2.1')
    expect(addressOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(addressOf(undefined)).toBe('pipe')
  })

  test('is, behind our proxies, the last that they did not add', () => {
    expect(addressOf('10.0.0.1', forwarded('203.0.113.9'))).toBe('203.0.113.9')
    expect(addressOf('10.0.0.1', forwarded('1.1.1.1, 203.0.113.9, 10.0.0.2'))).toBe('203.0.113.9')
    expect(addressOf('10.0.0.1', forwarded('203.0.113.9, nonsense'))).toBe('10.0.0.1')
    expect(addressOf('10.0.0.1')).toBe('10.0.0.1')
  })

  test('is secure by TLS up to us or to our proxy, or by being here', () => {
    const secure = (...of: Parameters<typeof from>) => peers.of(from(...of)).secure
    expect(secure('192.0.2.1')).toBe(false)
    expect(secure('192.0.2.1', https)).toBe(false)
    expect(secure('192.0.2.1', {}, true)).toBe(true)
    expect(secure('10.0.0.1', https)).toBe(true)
    expect(secure('10.0.0.1', { 'x-forwarded-proto': 'http' })).toBe(false)
    expect(secure('127.0.0.1')).toBe(true)
  })

  test('lets a proxy that asks for itself watch in the clear, and nobody through it', () => {
    const strict = createPeers({ proxies: ['10.0.0.0/8'], metrics: [], plaintext: false })
    expect(strict.mayWatch(strict.of(from('10.0.0.1')))).toBe(true)
    expect(strict.refuses(strict.of(from('10.0.0.1')))).toBe(true)
    expect(strict.mayWatch(strict.of(from('10.0.0.1', { 'x-forwarded-for': '203.0.113.9' })))).toBe(false)
  })

  test('keeps the id that a proxy gave the request, if it is one', () => {
    expect(peers.of(from('10.0.0.1', { 'x-request-id': 'abcdef01' })).requestId).toBe('abcdef01')
    expect(peers.of(from('10.0.0.1', { 'x-request-id': 'a b\n' })).requestId).toBeUndefined()
    expect(peers.of(from('192.0.2.1', { 'x-request-id': 'abcdef01' })).requestId).toBeUndefined()
  })
})

test('plaintext is refused from elsewhere unless allowed; figures are for loopback and who is named', () => {
  const strict = createPeers({ proxies: [], metrics: ['192.0.2.0/24'], plaintext: false })
  const far = strict.of(from('198.51.100.1'))
  expect([strict.refuses(far), strict.mayReadMetrics(far)]).toEqual([true, false])
  const near = strict.of(from('127.0.0.1'))
  expect([strict.refuses(near), strict.mayReadMetrics(near)]).toEqual([false, true])
  expect(strict.mayReadMetrics(strict.of(from('192.0.2.7')))).toBe(true)
  expect([strict.mayWatch(far), strict.mayWatch(strict.of(from('192.0.2.7')))]).toEqual([false, true])
  expect(createPeers(defaultPeerRules).refuses(far)).toBe(false)
})

test.each(['10.0.0.0/33', 'x', '10.0.0.0/', '::1/129', ''])('%j is no network', (network) => {
  expect(() => blockListOf([network])).toThrow(RangeError)
})
