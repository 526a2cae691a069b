import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { afterEach, expect, test, vi } from 'vitest'
import type { DesktopContract, DesktopState, WindowRole } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { serveDesktop } from './serve.ts'
import type { Services } from './services.ts'

/** Counts who listens, so that a leak is a number. */
function subject<T>() {
  const listeners = new Set<(item: T) => void>()
  return {
    size: () => listeners.size,
    tell: (item: T) => {
      for (const it of listeners) it(item)
    },
    on: (listener: (item: T) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const stateAt = (revision: number): DesktopState => ({
  revision,
  deployment: { id: '', name: '', embedded: true, key: 'local', label: '', colour: 'grey' },
  link: {
    state: 'idle',
    since: 0,
    currentAt: null,
    retryAt: null,
    attempt: 0,
    failure: null,
    skewMs: 0,
    roundTripMs: null,
    address: null,
  },
  session: null,
  replica: { state: 'ready', protection: 'this-run', setAside: null, collections: {} },
  log: { seen: null, witness: '', evidence: null, restored: null },
  backendProcess: null,
  pendingCommands: 0,
  reviewOnly: false,
})

function world(role: WindowRole = 'main', present = stateAt(1)) {
  const states = subject<DesktopState>()
  const changes = subject<number>()
  const forbidden = vi.fn()
  const query = vi.fn(async () => ({ rows: [{ key: 'a' }], next: null, offset: 7, state: 'ready' as const }))
  const submit = vi.fn(async () => {
    throw new LibralError('link.offline', { since: 5 })
  })
  const services = {
    state: { current: () => present, onChange: states.on },
    desk: {
      rows: {
        query,
        onChange: (_names: readonly string[], listener: (offset: number) => void) => changes.on(listener),
      },
      commands: { submit },
    },
    app: { painted: vi.fn() },
    forbidden,
  } as unknown as Services
  const { port1, port2 } = new MessageChannel()
  serveDesktop(port1, { services, window: 3, role })
  port1.start()
  const client: ContractRouterClient<DesktopContract> = createORPCClient(new RPCLink({ port: port2 }))
  port2.start()
  open.push(() => port2.close())
  return { client, states, changes, forbidden, query, submit, close: () => port2.close() }
}
const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

const filter = { collection: 'events', where: {}, range: null, text: '' }
const query = { filter, sort: { field: null, descending: true }, after: null, limit: 50 }

test('calls go through with their input parsed', async () => {
  const { client, query: asked } = world()
  expect(await client.rows.query(query)).toEqual({ rows: [{ key: 'a' }], next: null, offset: 7, state: 'ready' })
  await expect(client.rows.query({ ...query, limit: 501 })).rejects.toMatchObject({ code: 'input.invalid' })
  await expect(client.rows.query({ ...query, extra: 1 } as never)).rejects.toMatchObject({ code: 'input.invalid' })
  expect(asked).toHaveBeenCalledTimes(1)
})

test('a failure crosses as its code and parameters, an error without its message', async () => {
  const { client, submit } = world()
  const refusal = client.command.submit({ command: 'hub.stopModule', params: {} })
  await expect(refusal).rejects.toMatchObject({
    code: 'link.offline',
    data: { code: 'link.offline', params: { since: 5 } },
  })
  submit.mockRejectedValueOnce(new Error('table secrets has no column passphrase'))
  const error = await client.command.submit({ command: 'hub.stopModule', params: {} }).catch((it: unknown) => it)
  expect(error).toMatchObject({ code: 'internal.unexpected' })
  expect(JSON.stringify(error) + String(error)).not.toContain('passphrase')
})

test('a wall window reads and nothing else, and what it tried is told', async () => {
  const { client, forbidden, submit } = world('wall')
  await client.rows.query(query)
  const acts = [
    () => client.command.submit({ command: 'hub.stopModule', params: {} }),
    () => client.settings.change({ zoom: 100 }),
    () => client.app.openLink({ link: 'electron' }),
    () => client.app.painted({ page: 'monitoring', atMs: 1 }),
    () => client.exports.logs({}),
    () => client.app.restartBackend({}),
  ]
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'desktop.forbidden' })
  expect(forbidden.mock.calls.map(([window, procedure]) => [window, procedure])).toContainEqual([3, 'command.submit'])
  expect(forbidden).toHaveBeenCalledTimes(acts.length)
  expect(submit).not.toHaveBeenCalled()
})

test('reviewed alone, nothing is connected to and no backend is started, whatever a page asks for', async () => {
  const { client } = world('main', { ...stateAt(1), reviewOnly: true })
  const acts = [
    () => client.deployments.openDemo({}),
    () => client.deployments.show({ key: 'local' }),
    () => client.app.reconnect({}),
    () => client.app.restartBackend({}),
    () => client.wkd.lookUp({ address: 'sato@example.com' }),
  ]
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'review.alone' })
  expect(await client.rows.query(query)).toMatchObject({ offset: 7 })
})

test('a stream gives the present value, then the newest; a consumer that stops leaves no listener', async () => {
  const { client, states } = world()
  const stream = await client.state.watch({})
  expect((await stream.next()).value).toMatchObject({ revision: 1 })
  await vi.waitFor(() => expect(states.size()).toBe(1), 60_000)
  for (let revision = 2; revision <= 50; revision++) states.tell(stateAt(revision))
  const seen: number[] = []
  while (seen.at(-1) !== 50) seen.push(((await stream.next()).value as DesktopState).revision)
  expect(seen.length).toBeLessThan(5)
  await stream.return?.(undefined)
  await vi.waitFor(() => expect(states.size()).toBe(0), 60_000)
})

test('a port that closes ends every stream', async () => {
  const { client, states, changes, close } = world()
  const first = await client.state.watch({})
  await first.next()
  const second = await client.rows.watch({ collections: ['events'] })
  const waiting = second.next().catch(() => null)
  await vi.waitFor(() => expect([states.size(), changes.size()]).toEqual([1, 1]), 60_000)
  close()
  await vi.waitFor(() => expect([states.size(), changes.size()]).toEqual([0, 0]), 60_000)
  await waiting
})
