import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { redeemAs, signInAs } from '#tests/fixtures/client/session.ts'
import { makePlace, type Place, runToEnd, type StandaloneProcess, startStandalone } from './standalone-process.ts'

let place: Place
const running: StandaloneProcess[] = []
const start = async (...more: readonly string[]): Promise<StandaloneProcess> => {
  const backend = await startStandalone(place.directory, more)
  running.push(backend)
  return backend
}
const stop = async (backend: StandaloneProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> => {
  backend.process.kill(signal)
  return backend.exited
}

beforeEach(async () => {
  place = await makePlace()
})
afterEach(async () => {
  for (const { process: child, exited } of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  }
  await place.remove()
})

test('prints where it listens and a code, which lets the first administrator in once', async () => {
  const backend = await start('--name', '試験')
  expect(backend.address).toBe(`unix:${join(place.directory, 'run', 'core.sock')}`)
  const { session, token } = await redeemAs(backend.address, backend.code, 'suzuki')
  expect(session.signedIn).toMatchObject({ operator: 'suzuki', roles: expect.arrayContaining(['administrator']) })
  expect(session.hello.name).toBe('試験')
  await session.close()
  expect(await failureOfCall(redeemAs(backend.address, backend.code, 'sato'))).toMatchObject({
    code: 'session.code-wrong',
  })
  const launch = signInAs(backend.address, { method: 'launch', secret: 'x'.repeat(43) })
  expect(await failureOfCall(launch)).toMatchObject({ code: 'session.secret-wrong' })
  expect(await stop(backend)).toBe(0)

  const again = await start()
  expect(again.code).toBeUndefined()
  const back = await signInAs(again.address, { method: 'token', secret: token })
  expect(back.hello.deployment).toBe(session.hello.deployment)
  await back.close()
  expect(await stop(again, 'SIGINT')).toBe(0)
})

test('prints a code to who lost every token, and lets the administrator take it', async () => {
  const first = await start()
  await (await redeemAs(first.address, first.code, 'suzuki')).session.close()
  await stop(first)
  const second = await start('--new-code')
  expect(second.code).not.toBe(first.code)
  const { session, token } = await redeemAs(second.address, second.code?.toLowerCase().replaceAll('-', ' '), 'suzuki')
  expect(session.signedIn.operator).toBe('suzuki')
  await session.close()
  await (await signInAs(second.address, { method: 'token', secret: token })).close()
})

test('keeps what it makes to its user, the key first of all', async () => {
  const backend = await start()
  for (const name of ['core.db', 'core.key', 'deployment.keys', 'run/core.sock']) {
    expect((await stat(join(place.directory, name))).mode & 0o077, name).toBe(0)
  }
  await stop(backend)
  await chmod(join(place.directory, 'core.key'), 0o644)
  expect(await runToEnd(['--data', place.directory])).toMatchObject({
    code: 1,
    err: expect.stringContaining('chmod 600'),
  })
  await chmod(join(place.directory, 'core.key'), 0o600)
  await writeFile(join(place.directory, 'core.key'), `${'A'.repeat(43)}\n`)
  expect(await runToEnd(['--data', place.directory])).toMatchObject({
    code: 1,
    err: expect.stringContaining('鍵が違うか'),
  })
})

test('refuses to be the second on the same data, in words', async () => {
  const backend = await start()
  const second = await runToEnd(['--data', place.directory, '--listen', '127.0.0.1:0'])
  expect(second).toMatchObject({ code: 75, out: '', err: expect.stringContaining('別の Libral Core が使っています') })
  await stop(backend)
})

test('refuses to take over a socket that another backend serves, and a file that is none', async () => {
  const backend = await start()
  const other = await makePlace()
  const socket = join(place.directory, 'run', 'core.sock')
  const onSocket = await runToEnd(['--data', other.directory, '--listen', `unix:${socket}`])
  expect(onSocket).toMatchObject({ code: 75 })
  await (await redeemAs(backend.address, backend.code)).session.close()
  await writeFile(join(place.directory, 'file'), 'precious')
  const onFile = await runToEnd(['--data', other.directory, '--listen', `unix:${join(place.directory, 'file')}`])
  expect(onFile).toMatchObject({ code: 75, err: expect.stringContaining('ソケットではない') })
  await other.remove()
})

test('tells whoever asks what it can be told', async () => {
  expect(await runToEnd(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('使い方'), err: '' })
})

test.each([[['--listen', 'nowhere']], [['--listen', '127.0.0.1:99999']], [['--unknown']]])(
  'explains itself for %j',
  async (args) => {
    const ended = await runToEnd(['--data', place.directory, ...args])
    expect(ended).toMatchObject({ code: 64, err: expect.stringContaining('使い方') })
  },
)

test('takes over after kill -9, whose socket lies around', async () => {
  const first = await start()
  expect(await stop(first, 'SIGKILL')).toBe('SIGKILL')
  const second = await start()
  expect(second.address).toBe(first.address)
  // Only its hash outlived the process: it still lets somebody in, and no second code is about.
  expect(second.code).toBeUndefined()
  await (await redeemAs(second.address, first.code)).session.close()
})

test('tells health and figures on loopback, to no browser, and says when it drains', async () => {
  const backend = await start('--listen', '127.0.0.1:0')
  const at = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://${backend.address}${path}`, { headers })
  expect(await (await at('/health/live')).json()).toMatchObject({ status: 'ok' })
  // On a busy machine it is too late for newcomers at first.
  await expect.poll(async () => (await at('/health/ready')).status).toBe(200)
  await (await redeemAs(backend.address, backend.code)).session.close()
  const figures = await (await at('/metrics')).text()
  expect(figures).toMatch(/libral_api_duration_seconds_count\{procedure="session\.signIn",code="ok"\} 1/)
  expect(figures).toContain('libral_connections')
  expect(figures).not.toContain(backend.code)
  const document = (await (await at('/openapi.json')).json()) as { openapi: string; paths: Record<string, object> }
  expect(document.openapi).toMatch(/^3\.1/)
  // What is described is served, and only to be read.
  for (const [path, item] of Object.entries(document.paths)) {
    expect(Object.keys(item), path).toEqual(['get'])
    expect((await at(path)).status, path).toBe(200)
  }
  expect((await at('/metrics', { origin: 'https://example.com' })).status).toBe(403)
  expect((await fetch(`http://${backend.address}/metrics`, { method: 'POST' })).status).toBe(404)
})
