import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lookUp } from '#main/vault/wkd/lookup.ts'
import { openVault } from '#tests/fixtures/vault/vault.ts'
import { parseAddress, wkdUrls } from '#trust/wkd/address.ts'

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name))

describe('looking an address up', () => {
  let server: Server
  let port: number
  let hosts: readonly string[]
  let asked: string[]
  let respond: (request: IncomingMessage, response: ServerResponse) => void
  let certificate: Uint8Array

  beforeAll(async () => {
    server = createServer({ key: fixture('example.key'), cert: fixture('example.crt') }, (request, response) => {
      asked.push(`${request.headers.host?.split(':')[0]}${request.url}`)
      respond(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    port = typeof bound === 'object' && bound !== null ? bound.port : 0
    const userIDs = [{ email: 'joe@example.org' }, { email: 'joe@elsewhere.example' }]
    const { publicKey } = await generateKey({ userIDs, format: 'object' })
    certificate = publicKey.write() as Uint8Array
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    hosts = ['openpgpkey.example.org', 'example.org', 'elsewhere.example.org']
    asked = []
    respond = (_request, response) => response.end(certificate)
  })

  const lookup: LookupFunction = (host, _options, done) => {
    if (hosts.includes(host)) return done(null, [{ address: '127.0.0.1', family: 4 }])
    done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])
  }
  const find = (address = 'Joe@Example.ORG', more = {}) =>
    lookUp(address, { lookup, port, ca: fixture('example.crt'), ...more })
  const code = (found = find()) => found.then(() => 'found').catch((failure) => failure.code)
  const path = (url: URL): string => `${url.hostname}${url.pathname}${url.search}`
  const urls = wkdUrls(parseAddress('Joe@example.org'))

  it('asks the host for this purpose and keeps only the user ids of the address', async () => {
    const found = await find()
    expect(found).toMatchObject({ method: 'advanced', host: 'openpgpkey.example.org' })
    expect(found.certificates.flatMap((it) => it.getUserIDs())).toEqual(['<joe@example.org>'])
    expect(asked).toEqual([path(urls.advanced)])
  })

  it('asks the domain itself only when that host does not exist', async () => {
    hosts = ['example.org']
    expect(await find()).toMatchObject({ method: 'direct', host: 'example.org' })
    expect(asked).toEqual([path(urls.direct)])
    hosts = []
    expect(await code()).toBe('wkd.no-host')
  })

  it('takes an absent entry and an error at that host for its answer', async () => {
    respond = (_request, response) => response.writeHead(404).end()
    expect(await code()).toBe('wkd.not-found')
    respond = (_request, response) => response.writeHead(503).end()
    expect(await code()).toBe('wkd.refused')
    respond = (request) => request.socket.destroy()
    expect(await code()).toBe('wkd.unreachable')
    expect(asked).toEqual(Array(3).fill(path(urls.advanced)))
  })

  it('follows few redirections, over HTTPS alone', async () => {
    respond = (request, response) => {
      if (request.headers.host?.startsWith('elsewhere')) response.end(certificate)
      else response.writeHead(302, { location: 'https://elsewhere.example.org/x' }).end()
    }
    expect(await find()).toMatchObject({ host: 'elsewhere.example.org' })
    respond = (_request, response) => response.writeHead(302, { location: '/again' }).end()
    expect(await code()).toBe('wkd.too-many-redirects')
    for (const location of ['http://example.org/x', 'https://a:b@example.org/x', 'https://:', 'file:///etc/passwd']) {
      respond = (_request, response) => response.writeHead(302, { location }).end()
      expect(await code()).toBe('wkd.redirect-refused')
    }
    respond = (_request, response) => response.writeHead(302, { location: 'https://gone.example/' }).end()
    expect(await code()).toBe('wkd.unreachable')
  })

  it('bounds time and size', async () => {
    respond = (_request, response) => void response.write('x')
    expect(await code(find('joe@example.org', { timeoutMs: 300 }))).toBe('wkd.timed-out')
    respond = (_request, response) => response.end(Buffer.alloc(100_001))
    expect(await code(find('joe@example.org', { maxBytes: 100_000 }))).toBe('wkd.too-large')
  })

  it('refuses a server that it can not trust, what is no key, and a key of another address', async () => {
    expect(await code(lookUp('joe@example.org', { lookup, port }))).toBe('wkd.untrusted')
    respond = (_request, response) => response.end('<html>')
    expect(await code()).toBe('wkd.malformed')
    respond = (_request, response) => response.end()
    expect(await code()).toBe('wkd.malformed')
    respond = (_request, response) => response.end(certificate)
    expect(await code(find('jane@example.org'))).toBe('wkd.other-address')
    expect(await code(find('a@b'))).toBe('wkd.address-invalid')
  })

  it('shows what it found before it is taken, and takes it unconfirmed', async () => {
    const place = await openVault(() => null, { wkd: { lookup, port, ca: fixture('example.crt') } })
    try {
      const found = await place.client.wkd.lookUp({ address: 'joe@example.org' })
      expect(found).toMatchObject({
        host: 'openpgpkey.example.org',
        certificates: [{ userIds: ['<joe@example.org>'], known: false }],
      })
      expect(place.vault.keyring().current().entries).toEqual([])
      const taken = await place.client.wkd.take({ id: found.id })
      expect(taken.items).toMatchObject([{ outcome: 'added', secret: false }])
      const [entry] = place.vault.keyring().current().entries
      expect(entry?.certificates).toMatchObject([{ confirmedAt: null }])
      expect((await place.client.wkd.lookUp({ address: 'joe@example.org' })).certificates).toMatchObject([
        { known: true },
      ])
      const twice = place.client.wkd.take({ id: '019a0000-0000-4000-8000-000000000000' })
      await expect(twice).rejects.toMatchObject({ code: 'wkd.not-found' })
    } finally {
      await place.stop()
    }
  })
})
