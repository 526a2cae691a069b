import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { generateKey, readKeys } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishTree } from '#main/vault/wkd/publish.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { parseAddress, wkdUrls } from '#trust/wkd/address.ts'
import { type Core, startCore } from '../transport/core.ts'

describe('a backend that serves a published directory', () => {
  const folder = privateFolder('serve')
  let core: Core
  let base: string
  beforeAll(async () => {
    const { privateKey } = await generateKey({ userIDs: [{ email: 'joe@example.org' }], format: 'object' })
    for (const method of ['advanced', 'direct'] as const)
      await publishTree(folder.path, [privateKey], 'example.org', method)
    const listen = [{ kind: 'address', host: '127.0.0.1', port: 0 }] as const
    core = await startCore({ listen, web: true, wkd: folder.path })
    base = `http://${core.address}`
  })
  afterAll(async () => {
    await core.remove()
    folder.remove()
  })

  const { advanced, direct } = wkdUrls(parseAddress('Joe@Example.org'))

  it.each([advanced, direct])('answers %s, to web pages too', async ({ pathname, search }) => {
    const answer = await fetch(`${base}${pathname}${search}`, { headers: { origin: 'https://mail.example' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    const [key] = await readKeys({ binaryKeys: new Uint8Array(await answer.arrayBuffer()) })
    expect([key?.isPrivate(), key?.getUserIDs()]).toEqual([false, ['<joe@example.org>']])
    expect((await fetch(`${base}${pathname}`, { method: 'HEAD' })).status).toBe(200)
  })

  it('has a policy file, and serves what is published later', async () => {
    const policy = `${base}/.well-known/openpgpkey/example.net/policy`
    expect((await fetch(policy)).status).toBe(404)
    const { privateKey } = await generateKey({ userIDs: [{ email: 'joe@example.net' }], format: 'object' })
    await publishTree(folder.path, [privateKey], 'example.net', 'advanced')
    expect(await (await fetch(policy)).text()).toContain('example.net')
  })

  /** As it stands: fetch would tidy the path up. */
  const statusOf = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const [host = '', port] = core.address.split(':')
      const socket = connect(Number(port), host, () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`),
      )
      socket.once('data', (data) => resolve(data.toString('latin1').split(' ')[1] ?? ''))
      socket.on('error', reject)
    })

  it('serves nothing but entries and policies', async () => {
    writeFileSync(join(folder.path, 'secret'), 'x')
    mkdirSync(join(folder.path, '.well-known/openpgpkey/example.org/hu', 'y'.repeat(32)))
    const below = '/.well-known/openpgpkey/'
    const names = ['', '../../secret', '%2e%2e/%2e%2e/secret', '..%2f..%2fsecret', 'example.org/../../../secret']
    const more = ['example.org/hu/', `example.org/hu/${'y'.repeat(32)}`, `hu/${'l'.repeat(32)}`, 'example.org/hu/x.new']
    for (const name of [...names, ...more]) expect(await statusOf(below + name), name).toBe('404')
    expect((await fetch(`${base}/health`, { headers: { origin: 'https://mail.example' } })).status).toBe(403)
  })

  it('serves none where none was given', async () => {
    const plain = await startCore({ listen: [{ kind: 'address', host: '127.0.0.1', port: 0 }], web: true })
    expect((await fetch(`http://${plain.address}${advanced.pathname}`)).status).toBe(404)
    await plain.remove()
  })
})
