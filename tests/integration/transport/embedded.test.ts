import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BackendOrder, backendNewsSchema } from '#protocol/embedded.ts'
import { leaveHandover } from '#protocol/events.ts'
import { resumeInTime, signInAs } from '#tests/fixtures/client/session.ts'
import { makePlace, type Place } from './standalone-process.ts'

const root = join(import.meta.dirname, '../../..')
const key = new Uint8Array(randomBytes(32))
const secret = randomBytes(32).toString('base64url')

let place: Place
const children: ChildProcess[] = []
const launch = (): ChildProcess => {
  const child = fork(join(root, 'backend/embedded.ts'), [], {
    serialization: 'advanced',
    execArgv: ['--import', join(root, 'tests/fixtures/client/parent-port.ts')],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  children.push(child)
  return child
}
const order = (more: Partial<Extract<BackendOrder, { t: 'start' }>> = {}): BackendOrder => ({
  t: 'start',
  directory: join(place.directory, 'deployment'),
  key,
  socket: join(place.directory, 'run', 'core.sock'),
  secret,
  httpPort: null,
  ...more,
})
const news = async (child: ChildProcess) => backendNewsSchema.parse((await once(child, 'message'))[0])
const exitOf = (child: ChildProcess): Promise<number | string> =>
  once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)

beforeEach(async () => {
  place = await makePlace()
})
afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await place.remove()
})

test('starts by order, tells who it is, drains by order and exits with 0', async () => {
  const child = launch()
  child.send(order())
  const ready = await news(child)
  expect(ready).toMatchObject({ t: 'ready', pid: child.pid })
  const address = `unix:${join(place.directory, 'run', 'core.sock')}`
  const session = await signInAs(address, { method: 'launch', secret })
  expect(session.hello.deployment).toBe(ready.t === 'ready' && ready.deployment)
  expect(session.signedIn.operator).toBe('local')
  const signed = session.sign(leaveHandover, { shift: '日勤', text: '引き継ぎ' })
  const outcome = await session.api.command.submit(signed)
  const exit = exitOf(child)
  child.send({ t: 'drain' } satisfies BackendOrder)
  expect(await exit).toBe(0)

  const again = launch()
  again.send(order({ secret: randomBytes(32).toString('base64url') }))
  await news(again)
  const resumed = await resumeInTime(address, session.signer)
  expect(await resumed.api.command.outcome({ id: signed.statement.id })).toEqual(outcome)
  await resumed.close()
})

test('keeps secrets out of arguments and environment', async () => {
  if (process.platform !== 'linux') return
  const child = launch()
  child.send(order())
  await news(child)
  for (const file of ['cmdline', 'environ']) {
    const text = await readFile(`/proc/${child.pid}/${file}`, 'utf8')
    expect(text).not.toContain(secret)
    expect(text).not.toContain(Buffer.from(key).toString('base64url'))
  }
})

test('says with a code why it can not start, and ends', async () => {
  const first = launch()
  first.send(order())
  await news(first)
  const second = launch()
  const exit = exitOf(second)
  second.send(order({ socket: join(place.directory, 'run2', 'core.sock') }))
  expect(await news(second)).toEqual({ t: 'failed', code: 'storage.locked' })
  expect(await exit).toBe(1)
  const end = exitOf(first)
  first.send({ t: 'drain' })
  expect(await end).toBe(0)

  const wrongKey = launch()
  wrongKey.send(order({ key: new Uint8Array(32) }))
  expect(await news(wrongKey)).toEqual({ t: 'failed', code: 'storage.unreadable' })
})

test('answers no order that it does not know, and takes SIGTERM for a drain', async () => {
  const child = launch()
  child.send({ t: 'start', directory: place.directory })
  child.send({ t: 'explode' })
  child.send(order())
  await news(child)
  const exit = exitOf(child)
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
})

test('ends when the app that started it is gone', async () => {
  // A process in between starts the backend and is killed.
  const between = fork(join(import.meta.dirname, 'orphan-maker.ts'), [], { serialization: 'advanced' })
  children.push(between)
  between.send({ order: order() })
  const [{ pid }] = (await once(between, 'message')) as [{ readonly pid: number }]
  between.kill('SIGKILL')
  const alive = (): boolean => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }
  while (alive() && !(await isZombie(pid))) await new Promise((resolve) => setTimeout(resolve, 50))
})

/** In a container without an init that reaps, an ended orphan stays in the table. */
const isZombie = async (pid: number): Promise<boolean> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return / Z /.test(text)
}
