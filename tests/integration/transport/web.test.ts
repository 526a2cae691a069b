import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { BackendOptions } from '#backend/host.ts'
import { handovers, leaveHandover } from '#protocol/events.ts'
import { closeCodes, rpcPath, rpcProtocol } from '#protocol/feed.ts'
import { changeOperator, endSession, issueToken, registerOperator, revokeToken } from '#protocol/session.ts'
import { isFrame, openFeed } from '#tests/fixtures/client/feed-client.ts'
import { closed, failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { type Core, startCore } from './core.ts'

let core: Core | undefined
afterEach(async () => {
  await core?.remove()
  core = undefined
})

const here = { kind: 'address', host: '127.0.0.1', port: 0 } as const
const serve = async (more: Partial<BackendOptions> = {}): Promise<Core> => {
  core = await startCore({ listen: [here], web: true, ...more })
  return core
}
const httpOf = ({ address }: Core) => `http://${address}`
const upgradeStatus = (address: string, headers: Record<string, string> = {}): Promise<string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://${address}${rpcPath}`, rpcProtocol, { headers })
    socket.once('unexpected-response', (_request, response) => {
      resolve(`${response.statusCode} ${response.headers['retry-after'] ?? ''}`.trim())
      socket.terminate()
    })
    socket.once('open', () => {
      resolve('open')
      socket.terminate()
    })
    socket.on('error', () => undefined)
  })

describe('one port', () => {
  test('takes WebSockets and answers health, figures and their description', async () => {
    const served = await serve()
    const http = httpOf(served)
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const answer = await fetch(`${http}${path}`)
      expect([answer.status, await answer.json()], path).toEqual([
        200,
        { status: 'ok', deployment: served.backend.deployment, instance: 'core', reasons: [] },
      ])
    }
    expect(await (await fetch(`${http}/metrics`)).text()).toContain('libral_connections')
    expect(await (await fetch(`${http}/openapi.json`)).json()).toMatchObject({
      openapi: expect.stringMatching(/^3\.1/),
    })
    expect((await fetch(`${http}/rpc`)).status).toBe(426)
    await (await served.signIn()).close()
  })

  test('names each answer, refusals too', async () => {
    const http = httpOf(await serve())
    const missing = await fetch(`${http}/nothing`)
    expect(missing.status).toBe(404)
    expect(await missing.json()).toEqual({ status: 'not-found', correlation: missing.headers.get('x-request-id') })
    const page = await fetch(`${http}/health`, { headers: { origin: 'https://example.com' } })
    expect(page.status).toBe(403)
  })

  test('keeps figures from those whom nobody named', async () => {
    const http = httpOf(await serve({ peers: { proxies: ['127.0.0.1'], metrics: [], plaintext: false } }))
    const by = (address: string, proto: string) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': proto })
    expect((await fetch(`${http}/metrics`, { headers: by('203.0.113.9', 'https') })).status).toBe(403)
    expect((await fetch(`${http}/health`, { headers: by('203.0.113.9', 'https') })).status).toBe(200)
    expect((await fetch(`${http}/health`, { headers: by('203.0.113.9', 'http') })).status).toBe(403)
    // The proxy's own check says nothing of whom it asks for.
    expect((await fetch(`${http}/health/ready`)).status).toBe(200)
  })

  test('believes a proxy that it was told of, and lets nobody come through it in the clear', async () => {
    const { address } = await serve({ peers: { proxies: ['127.0.0.1'], metrics: [], plaintext: false } })
    expect(await upgradeStatus(address, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' })).toBe(
      'open',
    )
    expect(await upgradeStatus(address, { 'x-forwarded-proto': 'http', 'x-forwarded-for': '203.0.113.9' })).toBe('403')
  })
})

describe('TLS', () => {
  const makeFiles = (folder: string, name: string) => {
    const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    const made = { certificate: `${files.certificate}.new`, key: `${files.key}.new` }
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const out = ['-keyout', made.key, '-out', made.certificate]
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...out], { stdio: 'ignore' })
    renameSync(made.key, files.key)
    renameSync(made.certificate, files.certificate)
    return files
  }
  const nameAt = (address: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const [host, port] = address.split(':')
      const socket = tlsConnect({ host, port: Number(port), rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      })
      socket.once('error', reject)
    })

  test('is spoken with the files given, and with renewed ones after SIGHUP, without touching who is connected', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'libral-tls-'))
    try {
      const tls = makeFiles(folder, 'first')
      const { address } = await serve({ tls, peers: { proxies: [], metrics: [], plaintext: false } })
      expect(await nameAt(address)).toBe('first')
      const socket = new WebSocket(`wss://${address}${rpcPath}`, rpcProtocol, { rejectUnauthorized: false })
      await new Promise((resolve, reject) => {
        socket.once('open', resolve)
        socket.once('error', reject)
      })
      const status = await new Promise((resolve, reject) => {
        httpsRequest(`https://${address}/health`, { rejectUnauthorized: false }, ({ statusCode }) =>
          resolve(statusCode),
        )
          .once('error', reject)
          .end()
      })
      expect(status).toBe(200)
      makeFiles(folder, 'second')
      process.emit('SIGHUP')
      expect(await nameAt(address)).toBe('second')
      expect(socket.readyState).toBe(socket.OPEN)
      rmSync(tls.key)
      process.emit('SIGHUP')
      // What can't be read leaves what was.
      expect(await nameAt(address)).toBe('second')
      socket.terminate()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('with files that are none does not start', async () => {
    const tls = { certificate: '/nowhere/cert.pem', key: '/nowhere/key.pem' }
    await expect(startCore({ listen: [here], tls })).rejects.toMatchObject({ code: 'storage.unreadable' })
  })
})

describe('overload', () => {
  test('gives up telemetry first, then new connections, and never an accepted command', async () => {
    let late = 0
    const served = await serve({ pressureDelay: () => late })
    const session = await served.signIn()
    const { ticket } = await session.api.feed.ticket({})
    const feed = await openFeed(served.address, { ticket, cursors: { [handovers.name]: null }, telemetry: true })
    await feed.until(isFrame('sample'))
    const leave = (text: string) => session.api.command.submit(session.sign(leaveHandover, { shift: '日勤', text }))
    const told = (level: string) => expect.poll(() => served.lines.filter((line) => line === level).length)

    late = 100
    await told('transport.pressure').toBe(1)
    const samples = () => feed.frames.filter(isFrame('sample')).length
    const before = samples()
    // New connections and commands go on while telemetry does not: two seconds of samples are left out.
    expect(await upgradeStatus(served.address)).toBe('open')
    expect((await leave('まだ余裕がある')).index).toBeGreaterThan(0)

    late = 1_000
    await told('transport.pressure').toBe(2)
    expect(await upgradeStatus(served.address)).toBe('503 3')
    expect((await fetch(`${httpOf(served)}/health/ready`)).status).toBe(503)
    const accepted = await Promise.all(Array.from({ length: 50 }, (_, nth) => leave(`${nth}`)))
    expect(new Set(accepted.map(({ index }) => index)).size).toBe(50)
    const last = Math.max(...accepted.map(({ size }) => size))
    await feed.until(isFrame('changes', ({ to }) => to >= last))
    expect(samples()).toBe(before)

    late = 0
    await expect.poll(() => upgradeStatus(served.address)).toBe('open')
    // The drop is told to who was left out.
    await feed.until(isFrame('sample', ({ dropped }) => dropped > 0))
    await Promise.all([feed.close(), session.close()])
  })
})

describe('a session that ends', () => {
  const token = 'a-token-of-somebody-else'
  const employ = async (boss: Session): Promise<void> => {
    const operator = 'sato'
    await boss.api.command.submit(
      (await boss.own.sign(registerOperator, { operator, name: '佐藤', roles: ['operator'] })) as never,
    )
    const digest = toBase64url(sha256(utf8(token)))
    const params = { digest, operator, label: '机', expiresAt: Date.now() + 3_600_000 }
    await boss.api.command.submit((await boss.own.sign(issueToken, params)) as never)
  }
  const cases = {
    'by an administrator': async (boss: Session, theirs: Session) =>
      boss.sign(endSession, { key: theirs.signer.keyId }),
    'with its operator': (boss: Session) =>
      boss.own.sign(changeOperator, { operator: 'sato', name: '佐藤', roles: ['operator'], disabled: true }),
    'with its token': (boss: Session) => boss.own.sign(revokeToken, { digest: toBase64url(sha256(utf8(token))) }),
  }
  test.each(Object.entries(cases))('%s closes its connections at once', async (_name, command) => {
    const served = await serve()
    const boss = await served.signIn()
    await employ(boss)
    const theirs = await signInAs(served.address, { method: 'token', secret: token })
    const { ticket } = await theirs.api.feed.ticket({})
    const feed = await openFeed(served.address, { ticket, cursors: { [handovers.name]: null } })
    const ended = closed(theirs.socket)
    await boss.api.command.submit((await command(boss, theirs)) as never)
    expect((await ended).code).toBe(closeCodes.sessionEnded)
    expect((await feed.closed).code).toBe(closeCodes.sessionEnded)
    const open = boss.socket.readyState
    expect(open).toBe(boss.socket.OPEN)
    await boss.close()
  })
})

test('a refusal names itself, and the log line has the same name', async () => {
  const fields: object[] = []
  const log = {
    debug: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    info: (_: string, of = {}) => fields.push(of),
  }
  const served = await serve({ log })
  const session = await served.signIn()
  const failure = await failureOfCall(session.api.log.entry({ index: 999_999 }))
  expect(failure).toMatchObject({ code: 'log.out-of-range', params: { correlation: expect.any(String) } })
  const { correlation } = (failure as { params: Record<string, string> }).params
  expect(fields).toContainEqual(expect.objectContaining({ correlation, code: 'log.out-of-range', operator: 'local' }))
  await session.close()
})
