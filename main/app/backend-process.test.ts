import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LaunchEndpoint } from '#main/link/desk.ts'
import type { BackendOrder } from '#protocol/embedded.ts'
import { createBackendProcess } from './backend-process.ts'
import { nextRestart } from './restart-policy.ts'

class Child extends EventEmitter {
  readonly pid = 4711
  readonly orders: BackendOrder[] = []
  killed = false
  postMessage(order: BackendOrder): void {
    this.orders.push(order)
    if (order.t === 'drain') setTimeout(() => this.emit('exit', 0), 5)
  }
  kill(): void {
    this.killed = true
    this.emit('exit', null)
  }
  ready(): void {
    this.emit('message', { t: 'ready', deployment: 'libral:00000000-0000-4000-8000-000000000000', pid: this.pid })
  }
}

const key = new Uint8Array(32)
function world(
  storage: { readonly directory: string; readonly key: Uint8Array<ArrayBuffer> } | null = { directory: '/d', key },
  socketFails = (): void => {},
) {
  const children: Child[] = []
  const endpoints: LaunchEndpoint[] = []
  const states: string[] = []
  let sockets = 0
  const backend = createBackendProcess({
    fork: () => {
      const child = new Child()
      children.push(child)
      return child
    },
    storage: () => storage,
    httpPort: () => null,
    makeSocket: () => {
      socketFails()
      sockets++
      return { path: `/run/${children.length}.sock`, remove: () => sockets-- }
    },
    onReady: (endpoint) => endpoints.push(endpoint),
    log: { info: () => {}, warn: () => {}, error: () => {}, flush: async () => {} },
  })
  backend.onState(({ state }) => states.push(state))
  return { backend, children, endpoints, states, sockets: () => sockets, last: () => children.at(-1) as Child }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first message carries storage, socket and a secret of this launch', () => {
  const { backend, last, endpoints } = world()
  backend.start()
  last().ready()
  const [order] = last().orders
  expect(order).toMatchObject({ t: 'start', directory: '/d', key, httpPort: null })
  const [endpoint] = endpoints
  expect(order).toMatchObject({ secret: endpoint?.credential.secret })
  expect(endpoint?.credential.secret.length).toBeGreaterThan(40)
})

test('a killed backend comes back on a new socket with a new secret', async () => {
  const { backend, children, endpoints, states, last, sockets } = world()
  backend.start()
  last().ready()
  last().emit('exit', null)
  await vi.advanceTimersByTimeAsync(500)
  expect(children).toHaveLength(2)
  last().ready()
  expect(states).toEqual(['starting', 'running', 'restarting', 'running'])
  expect(backend.state()).toEqual({ state: 'running', restarts: 1 })
  expect(endpoints[0]?.credential.secret).not.toBe(endpoints[1]?.credential.secret)
  expect(sockets()).toBe(1)
})

test('after five deaths in a minute it is given up until the operator says otherwise', async () => {
  const { backend, children, last } = world()
  backend.start()
  for (let n = 0; n < 6; n++) {
    last().emit('exit', 1)
    await vi.advanceTimersByTimeAsync(8_000)
  }
  expect(children).toHaveLength(6)
  expect(backend.state().state).toBe('failed')
  await vi.advanceTimersByTimeAsync(120_000)
  expect(children).toHaveLength(6)
  await backend.restart()
  expect(children).toHaveLength(7)
})

test('broken data are not tried again and again, and the state says why', async () => {
  const { backend, children, last } = world()
  backend.start()
  last().emit('message', { t: 'failed', code: 'storage.unreadable' })
  last().emit('exit', 1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(children).toHaveLength(1)
  expect(backend.state().state).toBe('failed')
  expect(backend.failure()).toEqual({ code: 'storage.unreadable', params: {} })
})

test('without the key nothing is started', () => {
  const { backend, children } = world(null)
  backend.start()
  expect(children).toHaveLength(0)
  expect(backend.failure()?.code).toBe('storage.locked')
})

test('stop drains and is no death; one that does not end is killed', async () => {
  const { backend, children, last, sockets } = world()
  backend.start()
  last().ready()
  const stopped = backend.stop()
  await vi.advanceTimersByTimeAsync(10)
  await stopped
  expect(last().orders.at(-1)).toEqual({ t: 'drain' })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(children).toHaveLength(1)
  expect(sockets()).toBe(0)

  await backend.restart()
  const stubborn = last()
  stubborn.postMessage = () => {}
  const killed = backend.stop()
  await vi.advanceTimersByTimeAsync(11_000)
  await killed
  expect(stubborn.killed).toBe(true)
})

test('restarts asked for at once start one backend, and none starts after the end', async () => {
  const { backend, children, last } = world()
  backend.start()
  last().ready()
  const both = Promise.all([backend.restart(), backend.restart()])
  await vi.advanceTimersByTimeAsync(10)
  await both
  expect(children).toHaveLength(2)
  const late = backend.restart()
  const stopped = backend.stop()
  await vi.advanceTimersByTimeAsync(10)
  await Promise.all([late, stopped])
  expect(children).toHaveLength(2)
  expect(backend.state().state).toBe('stopped')
})

test('one that can not even be launched is given up and says so', async () => {
  const { backend, children } = world(undefined, () => {
    throw new Error('no folder for a socket')
  })
  expect(() => backend.start()).not.toThrow()
  expect(children).toHaveLength(0)
  expect([backend.state().state, backend.failure()?.code]).toEqual(['failed', 'internal.unexpected'])
})

test('restarts wait longer each time, with jitter, and are bounded', () => {
  expect(nextRestart([], 0, 0.5)).toBe(250)
  expect(nextRestart([1, 2], 3, 0.5)).toBe(1_000)
  expect(nextRestart([1, 2], 3, 0)).toBe(750)
  expect(nextRestart([1, 2, 3, 4, 5], 6, 0)).toBeNull()
  expect(nextRestart([1, 2, 3, 4, 5], 60_002, 0)).not.toBeNull()
})
