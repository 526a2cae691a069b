import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Deployments } from '#main/app/deployments.ts'
import { type Asking, joinDeployment } from '#main/app/joining.ts'
import type { Endpoint, Identity, Target } from '#main/link/desk.ts'
import { introduce } from '#main/link/introduce.ts'
import type { OpenedDesk } from '#main/link/open-desk.ts'
import { redeemCode } from '#main/link/redeem.ts'
import { readCertificate } from '#main/link/tls.ts'
import type { NewDeployment } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import { makeCertificate, startTlsFront, type TestCertificate, type TlsFront } from '#tests/fixtures/tls-front.ts'
import { allRows, freshDirectory, live, testDesk, until } from '../replica/desks.ts'
import { makePlace, type Place, type StandaloneProcess, startStandalone } from '../transport/standalone-process.ts'

interface Team {
  readonly place: Place
  backend: StandaloneProcess
  readonly token: string
  readonly identity: Identity
}

let folder: string
let first: TestCertificate
let second: TestCertificate
let tokyo: Team
let osaka: Team
const fronts: TlsFront[] = []
const desks: OpenedDesk[] = []

/** On a slow machine a backend that has just started may name a pause first. */
const onceCalm = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof LibralError && thrown.code === 'link.overloaded')) throw thrown
    await pause(Number(thrown.params['retryAfterSeconds'] ?? 1) * 1_000)
    return onceCalm(work)
  }
}

/** A backend of its own, whose first administrator came in by the code that it printed. */
const startTeam = async (): Promise<Team> => {
  const place = await makePlace()
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'])
  const target: Target = { kind: 'address', url: `ws://${backend.address}`, pin: null }
  const token = randomBytes(32).toString('base64url')
  const who = { operator: 'admin', name: '管理者', label: 'test', client: 'test' }
  await onceCalm(() => redeemCode(target, { code: backend.code ?? '', token, ...who }))
  const { deployment, logKey } = await onceCalm(() => introduce(target))
  return { place, backend, token, identity: { deployment, logKey } }
}

const front = async (team: Team, certificate: TestCertificate): Promise<TlsFront> => {
  const made = await startTlsFront(team.backend.address, certificate)
  fronts.push(made)
  return made
}

const at = (it: TlsFront, pin: string | null): Target => ({ kind: 'address', url: it.url, pin })
const endpoint = (
  targets: readonly [Target, ...Target[]],
  { token, identity }: Pick<Team, 'token' | 'identity'>,
): Endpoint => ({ targets, credential: { method: 'token', secret: token }, identity })

const open = async (directory = freshDirectory()): Promise<OpenedDesk> => {
  const desk = await testDesk(directory)
  desks.push(desk)
  return desk
}
const stopped = (desk: OpenedDesk) => until(desk, ({ link }) => link.state === 'stopped')
const note = (desk: OpenedDesk, text: string) => desk.commands.submit('events.handOver', { shift: '試験', text })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'libral-tls-'))
  first = makeCertificate(folder, 'first')
  second = makeCertificate(folder, 'second')
  tokyo = await startTeam()
  osaka = await startTeam()
})
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close()
  for (const it of fronts.splice(0)) await it.stop()
})
afterAll(async () => {
  for (const { backend, place } of [tokyo, osaka]) {
    backend.process.kill('SIGTERM')
    await backend.exited
    await place.remove()
  }
  rmSync(folder, { recursive: true, force: true })
})

test('a code that was used up leaves its token here, though the link fails behind it; one that was not leaves nothing', async () => {
  const place = await makePlace()
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'])
  const target: Target = { kind: 'address', url: `ws://${backend.address}`, pin: null }
  const joinOnce = async (code: string) => {
    const did: string[] = []
    let token = ''
    const link = { state: 'stopped', failure: { code: 'link.time-out', params: {} } }
    const unit = {
      keepToken: async (given: string) => {
        token = given
      },
      redial: () => undefined,
      slot: { state: () => ({ link, session: null }), onState: () => () => undefined },
    }
    const deployments = {
      all: () => [],
      add: async () => unit,
      remove: async () => did.push('removed'),
    } as unknown as Deployments
    const ask = { client: 'test', code: async () => ({ code, operator: 'admin', name: '管理者' }) } as unknown as Asking
    const wish = { method: 'code', name: '東京', colour: 'blue', addresses: [`ws://${backend.address}`], key: null }
    const joined = joinDeployment(wish as unknown as NewDeployment, deployments, ask)
    const failure = await joined.then(
      () => null,
      (thrown: LibralError) => thrown,
    )
    if (failure?.code === 'link.overloaded') throw failure
    return { did, failure, token }
  }
  const join = (code: string) => onceCalm(() => joinOnce(code))
  const wrong = await join('AAAA-AAAA-AAAA-AAAA')
  expect(wrong).toMatchObject({ did: ['removed'], failure: { code: 'session.code-wrong' } })
  const used = await join(backend.code ?? '')
  expect(used).toMatchObject({ did: [], failure: { code: 'link.time-out' } })
  const { deployment, logKey } = await onceCalm(() => introduce(target))
  const desk = await open()
  desk.connect(endpoint([target], { token: used.token, identity: { deployment, logKey } }))
  await until(desk, live)
  backend.process.kill('SIGTERM')
  await backend.exited
  await place.remove()
})

test('a certificate that nobody vouches for is shown for what it is, and refused without a pin', async () => {
  const proxy = await front(tokyo, first)
  const { certificate, vouchedFor } = await readCertificate(new URL(proxy.url), 5_000)
  expect(vouchedFor).toBe(false)
  expect(certificate).toMatchObject({ fingerprint: first.fingerprint, issuer: 'CN=first, O=Libral Test' })
  expect(certificate.validTo - Date.now()).toBeGreaterThan(29 * 86_400_000)
  const params = { address: proxy.url, presented: first.fingerprint }
  await expect(introduce(at(proxy, null))).rejects.toMatchObject({ code: 'link.certificate-untrusted', params })
})

test('under its pin the desk signs in, sends, and follows the feed over TLS', async () => {
  const proxy = await front(tokyo, first)
  const desk = await open()
  desk.connect(endpoint([at(proxy, first.fingerprint)], tokyo))
  await until(desk, live)
  expect(desk.state().link.address).toBe(proxy.url)
  expect(await note(desk, 'TLS')).toMatchObject({ state: 'accepted' })
  await expect.poll(() => allRows(desk, 'events.handovers')).toMatchObject([{ text: 'TLS' }])
})

test('a backend that speaks TLS itself is met in the same way', async () => {
  const place = await makePlace()
  const tls = ['--tls-cert', first.files.cert, '--tls-key', first.files.key]
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0', ...tls])
  const target: Target = { kind: 'address', url: `wss://${backend.address}`, pin: first.fingerprint }
  const token = randomBytes(32).toString('base64url')
  const who = { operator: 'admin', name: '管理者', label: 'test', client: 'test' }
  await onceCalm(() => redeemCode(target, { code: backend.code ?? '', token, ...who }))
  const { deployment, logKey } = await onceCalm(() => introduce(target))
  const desk = await open()
  desk.connect(endpoint([target], { token, identity: { deployment, logKey } }))
  await until(desk, live)
  expect(await note(desk, 'TLS')).toMatchObject({ state: 'accepted' })
  backend.process.kill('SIGTERM')
  await backend.exited
  await place.remove()
})

test('a changed certificate stops the link loudly, also in the middle, until it is accepted', async () => {
  const proxy = await front(tokyo, first)
  const desk = await open()
  desk.connect(endpoint([at(proxy, first.fingerprint)], tokyo))
  await until(desk, live)
  proxy.present(second)
  proxy.cut()
  const { link } = await stopped(desk)
  expect(link.failure).toEqual({
    code: 'link.certificate-changed',
    params: { address: proxy.url, pinned: first.fingerprint, presented: second.fingerprint },
  })
  desk.connect(endpoint([at(proxy, second.fingerprint)], tokyo))
  await until(desk, live)
})

test('a changed certificate of one address leaves the others to serve, and is never accepted', async () => {
  const [one, two] = await Promise.all([front(tokyo, first), front(tokyo, second)])
  const desk = await open()
  desk.connect(endpoint([at(one, first.fingerprint), at(two, second.fingerprint)], tokyo))
  await until(desk, (state) => live(state) && state.link.address === one.url)
  one.present(second)
  one.cut()
  await until(desk, (state) => live(state) && state.link.address === two.url)
  expect(await note(desk, 'もう一方で')).toMatchObject({ state: 'accepted' })
  await two.stop()
  const { link } = await until(desk, ({ link: { attempt } }) => attempt >= 2)
  expect(link, 'the other may come back').toMatchObject({ state: expect.not.stringMatching('stopped') })
  expect(link.failure).toEqual({
    code: 'link.certificate-changed',
    params: { address: one.url, pinned: first.fingerprint, presented: second.fingerprint },
  })
})

test('a wrong token is refused and not tried again and again', async () => {
  const proxy = await front(tokyo, first)
  const desk = await open()
  const wrong = { ...tokyo, token: randomBytes(32).toString('base64url') }
  desk.connect(endpoint([at(proxy, first.fingerprint)], wrong))
  expect((await stopped(desk)).link.failure?.code).toBe('session.token-wrong')
})

test('another deployment behind a known address is refused, and the replica stays', async () => {
  const proxy = await front(tokyo, first)
  const other = await front(osaka, first)
  const directory = freshDirectory()
  const desk = await open(directory)
  desk.connect(endpoint([at(proxy, first.fingerprint)], tokyo))
  await until(desk, live)
  const rows = await allRows(desk, 'session.operators')
  expect(rows.length).toBeGreaterThan(0)
  desk.connect(endpoint([at(other, first.fingerprint)], tokyo))
  expect((await stopped(desk)).link.failure).toMatchObject({
    code: 'log.broken',
    params: { reason: 'deployment-changed' },
  })
  expect(await allRows(desk, 'session.operators')).toEqual(rows)
  const key = { ...tokyo.identity, logKey: osaka.identity.logKey }
  desk.connect(endpoint([at(proxy, first.fingerprint)], { ...tokyo, identity: key }))
  const { link } = await until(desk, (state) => state.link.failure?.params['reason'] === 'key-changed')
  expect(link).toMatchObject({ state: 'stopped', failure: { code: 'log.broken' } })
})

test('two deployments live side by side and share nothing', async () => {
  const [north, south] = await Promise.all([open(), open()])
  const [one, two] = await Promise.all([front(tokyo, first), front(osaka, second)])
  north.connect(endpoint([at(one, first.fingerprint)], tokyo))
  south.connect(endpoint([at(two, second.fingerprint)], osaka))
  await Promise.all([until(north, live), until(south, live)])
  expect(north.state().deployment.id).not.toBe(south.state().deployment.id)
  expect(await note(south, '大阪だけ')).toMatchObject({ state: 'accepted' })
  await expect.poll(() => allRows(south, 'events.handovers')).toMatchObject([{ text: '大阪だけ' }])
  expect(north.commands.sent()).toEqual([])
  expect(JSON.stringify(await allRows(north, 'events.handovers'))).not.toContain('大阪')
})

test('when one address goes away the next is taken at once, with the same session', async () => {
  const [one, two] = await Promise.all([front(tokyo, first), front(tokyo, second)])
  const desk = await open()
  desk.connect(endpoint([at(one, first.fingerprint), at(two, second.fingerprint)], tokyo))
  await until(desk, live)
  const sessions = async () => (await allRows(desk, 'session.sessions')).length
  await expect.poll(sessions).toBeGreaterThan(0)
  const before = await sessions()
  await one.stop()
  const state = await until(desk, (it) => live(it) && it.link.address === two.url)
  expect(state.link.attempt).toBe(0)
  expect(await note(desk, 'もう一方で')).toMatchObject({ state: 'accepted' })
  expect(await sessions()).toBe(before)
})

test('a desktop whose clock is set while its link holds states commands in the time of the backend', async () => {
  const desk = await open()
  desk.connect(endpoint([{ kind: 'address', url: `ws://${tokyo.backend.address}`, pin: null }], tokyo))
  await until(desk, live)
  const { skewMs } = desk.state().link
  const hour = 3_600_000
  try {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    for (const by of [-26 * hour, hour]) {
      vi.setSystemTime(Date.now() + by)
      expect(await note(desk, `時計を${by / hour}時間`)).toMatchObject({ state: 'accepted' })
      vi.setSystemTime(Date.now() + by)
      const stated = await desk.commands.state('hub.stopModule', { module: 'events' }, 0)
      expect(Math.abs((await desk.commands.now()) - stated.statement.issuedAt)).toBeLessThan(hour / 2)
      vi.setSystemTime(Date.now() - 2 * by)
      expect(Math.abs((await desk.commands.now()) - stated.statement.issuedAt)).toBeLessThan(hour / 2)
    }
  } finally {
    vi.useRealTimers()
  }
  await desk.commands.now()
  expect(Math.abs(desk.state().link.skewMs - skewMs)).toBeLessThan(hour / 2)
})

test('a server that is gone is waited for; what was asked meanwhile goes out when it is back', async () => {
  const team = await startTeam()
  const port = Number(team.backend.address.split(':').at(-1))
  const desk = await open()
  desk.connect(endpoint([{ kind: 'address', url: `ws://${team.backend.address}`, pin: null }], team))
  await until(desk, live)
  team.backend.process.kill('SIGKILL')
  await team.backend.exited
  await until(desk, ({ link }) => link.state === 'waiting')
  expect(await note(desk, '切れている間')).toMatchObject({ state: 'queued' })
  team.backend = await startStandalone(team.place.directory, ['--listen', `127.0.0.1:${port}`])
  await until(desk, live)
  await expect.poll(() => allRows(desk, 'events.handovers')).toMatchObject([{ text: '切れている間' }])
  team.backend.process.kill('SIGTERM')
  await team.backend.exited
  await team.place.remove()
})
