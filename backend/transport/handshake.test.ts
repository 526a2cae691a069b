import { describe, expect, test } from 'vitest'
import { feedProtocol, greetedRpcProtocol, rpcProtocol } from '#protocol/feed.ts'
import { admit, protocolOf, refusalResponse } from './handshake.ts'

const calm = { draining: false, connections: 0, limit: 1 }
const rpc = { url: '/rpc', headers: { 'sec-websocket-protocol': rpcProtocol } }

describe('an upgrade', () => {
  test('to a service of ours with its sub-protocol is admitted', () => {
    expect(admit(rpc, calm)).toEqual({ service: 'rpc' })
    const feed = { url: '/feed', headers: { 'sec-websocket-protocol': `x,${feedProtocol}` } }
    expect(admit(feed, calm)).toEqual({ service: 'feed' })
  })

  test('gets the best of what it offers', () => {
    expect(protocolOf('rpc', [rpcProtocol, greetedRpcProtocol])).toBe(greetedRpcProtocol)
    expect(protocolOf('rpc', [rpcProtocol])).toBe(rpcProtocol)
    expect(protocolOf('feed', [greetedRpcProtocol, 'libral.feed.9'])).toBeUndefined()
    expect(admit({ url: '/rpc', headers: { 'sec-websocket-protocol': greetedRpcProtocol } }, calm)).toEqual({
      service: 'rpc',
    })
  })

  test('is judged by path, then origin, then protocol, then room', () => {
    const busy = { draining: true, connections: 9, limit: 1 }
    expect(admit({ url: '/x', headers: { origin: 'a' } }, busy)).toEqual({ refused: 404 })
    expect(admit({ url: '/rpc', headers: { origin: 'a' } }, busy)).toEqual({ refused: 403 })
    expect(admit({ url: '/rpc', headers: {} }, busy)).toEqual({ refused: 400 })
    expect(admit(rpc, busy)).toEqual({ refused: 503, retryAfterSeconds: 1 })
    expect(admit(rpc, { ...calm, connections: 1 })).toEqual({ refused: 503, retryAfterSeconds: 5 })
  })

  test('without a path is none of ours', () => {
    expect(admit({ url: undefined, headers: {} }, calm)).toEqual({ refused: 404 })
    expect(admit({ url: 'constructor', headers: {} }, calm)).toEqual({ refused: 404 })
  })
})

test('a refusal is a whole HTTP answer', () => {
  expect(refusalResponse({ refused: 503, retryAfterSeconds: 5 })).toBe(
    'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 5\r\n\r\n',
  )
  expect(refusalResponse({ refused: 403 })).not.toContain('Retry-After')
})
