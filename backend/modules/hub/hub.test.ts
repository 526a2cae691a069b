import { describe, expect, it } from 'vitest'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import { events } from '#protocol/events.ts'
import {
  forgetInstance,
  instances,
  type ModuleRow,
  moduleStates,
  modules,
  recordInstance,
  recordModule,
  restartModule,
  startModule,
  stopModule,
} from '#protocol/hub.ts'
import { noticeText } from '#protocol/notices.ts'
import { createWorld, refusalOf } from '#tests/fakes/module-world.ts'
import type { Kernel, ModuleStatus } from '../../kernel/kernel.ts'
import type { MeteredCall } from '../../transport/services.ts'
import { createEvents } from '../events/index.ts'
import { createApiFaults } from './api-faults.ts'
import { act, createHub } from './index.ts'
import { createRegistry } from './registry.ts'
import type { Telemetry } from './telemetry/index.ts'

const definition = createHub({
  kernel: new Promise(() => {}),
  telemetry: {} as Telemetry,
  faults: createApiFaults(),
  mode: 'embedded',
  version: '1',
  moduleNames: () => ['alerts', 'hub'],
})
const service = { operator: 'service:hub' }
const newWorld = () => createWorld([definition, createEvents()])
const row = (over: Partial<ModuleRow> = {}): ModuleRow => ({
  module: 'alerts',
  instance: 'here',
  version: '1',
  essential: false,
  state: 'running',
  reason: '',
  restarts: 0,
  since: 1,
  ...over,
})
const target = { instance: 'here', module: 'alerts' }
const self = { version: '1', hostname: 'h', pid: 1, mode: 'embedded' as const, startedAt: 1 }

describe('an instance that never comes back', () => {
  it('is taken off the list with its modules, once; the others stay', () => {
    const world = newWorld()
    for (const instance of ['gone', 'here']) {
      world.submit(recordInstance, { ...self, instance, state: 'running' }, service)
      world.put(modules, row({ instance }))
    }
    world.submit(forgetInstance, { instance: 'gone' })
    expect(world.rows(instances).map(({ instance }) => instance)).toEqual(['here'])
    expect(world.rows(modules).map(({ instance }) => instance)).toEqual(['here'])
    expect(refusalOf(() => world.submit(forgetInstance, { instance: 'gone' }))).toBe('hub.instance-unknown')
    expect(noticeText('ja', world.rows(events).at(-1)?.code ?? '', { instance: 'gone' })).toContain('gone')
  })

  it('puts itself on the list again when it does', async () => {
    const world = newWorld()
    const context = world.context('hub')
    const registry = createRegistry({ ...context, instance: 'back' }, self)
    await registry.started()
    const status = { definition, state: 'running', reason: '', restarts: 0, since: 1 } as unknown as ModuleStatus
    const kernel = { modules: { list: () => [status], onChange: () => () => {} }, onRebuilt: () => () => {} }
    registry.follow(kernel as unknown as Kernel)
    await registry.onList()
    world.submit(forgetInstance, { instance: 'back' })
    expect(world.rows(modules)).toEqual([])
    await registry.onList()
    await registry.settled()
    expect(world.row(instances, 'back')).toMatchObject({ state: 'running' })
    expect(world.rows(modules).map(({ module, instance }) => `${instance}/${module}`)).toEqual(['back/hub'])
    await registry.stopped()
    world.submit(forgetInstance, { instance: 'back' })
    await registry.onList()
    expect(world.rows(instances)).toEqual([])
  })
})

describe('requests', () => {
  const commands = { start: startModule, stop: stopModule, restart: restartModule }
  const answers = (over: Partial<ModuleRow>) => {
    const world = newWorld()
    world.put(modules, row(over))
    return Object.values(commands).map((command) => refusalOf(() => world.submit(command, target)))
  }

  it('are judged by the state of the module: start, stop, restart', () => {
    const busy = ['module.busy', 'module.busy', 'module.busy']
    expect(Object.fromEntries(moduleStates.map((state) => [state, answers({ state })]))).toEqual({
      starting: busy,
      running: ['module.already-running', 'none', 'none'],
      degraded: ['module.already-running', 'none', 'none'],
      stopping: busy,
      stopped: ['none', 'module.already-stopped', 'none'],
      failed: ['none', 'none', 'none'],
    })
  })

  it('are tried again only where that may help: a start that failed is not', async () => {
    const answer = async (code: ErrorCode): Promise<string> => {
      const refuse = () => Promise.reject(new LibralError(code))
      const asked = { instance: 'here', module: 'alerts', action: 'start' as const }
      return act({ start: refuse, stop: refuse, restart: refuse }, asked).then(
        () => 'done',
        () => 'again',
      )
    }
    expect(await answer('module.stopped')).toBe('done')
    expect(await answer('module.already-running')).toBe('done')
    expect(await answer('module.busy')).toBe('again')
  })

  it('never end an essential module', () => {
    expect(answers({ essential: true, state: 'failed' })).toEqual(['none', 'module.essential', 'module.essential'])
    expect(refusalOf(() => newWorld().submit(stopModule, target))).toBe('module.unknown')
  })

  it('read well in both languages', () => {
    const world = newWorld()
    world.put(modules, row())
    world.submit(restartModule, target)
    const line = world.rows(events)[0]
    expect(noticeText('ja', line?.code ?? '', line?.params ?? {})).toBe(
      'モジュール「アラート」の再起動を受け付けました',
    )
    expect(noticeText('en', line?.code ?? '', line?.params ?? {})).toBe('Restart of module Alerts was requested')
  })
})

describe('records', () => {
  const { since: _since, ...recorded } = row()

  it('tell only of changes that matter, and keep since when', () => {
    const world = newWorld()
    const record = (state: ModuleRow['state'], reason = '') =>
      world.submit(recordModule, { ...recorded, state, reason }, service)
    expect(record('running')).toHaveLength(1)
    const since = world.now
    world.now += 1_000
    expect(record('running', 'x')).toHaveLength(1)
    expect(world.row(modules, 'here/alerts')?.since).toBe(since)
    expect(record('stopping')).toHaveLength(1)
    expect(record('stopped')).toEqual(['hub.moduleRecorded@1', 'hub.moduleChanged@1'])
    expect(record('failed', 'internal.unexpected')).toHaveLength(2)
    expect(world.rows(events).map(({ code }) => code)).toEqual(['hub.module-stopped', 'hub.module-failed'])
    expect(world.rows(events)[1]).toMatchObject({ severity: 'major', state: 'open', detail: 'internal.unexpected' })
  })

  it('say when an instance ended', () => {
    const world = newWorld()
    const of = { ...self, instance: 'here' }
    world.submit(recordInstance, { ...of, state: 'running' }, service)
    expect(world.row(instances, 'here')?.stoppedAt).toBeNull()
    world.submit(recordInstance, { ...of, state: 'stopped' }, service)
    expect(world.row(instances, 'here')?.stoppedAt).toBe(world.now)
  })
})

describe('faults of the API', () => {
  it('are counted by kind; what callers did wrong is none', () => {
    const faults = createApiFaults()
    expect(faults.drain()).toBeNull()
    const call = (procedure: string, code: MeteredCall['code']) => faults.note({ procedure, ms: 1, code })
    for (let nth = 0; nth < 3; nth += 1) call('command.submit', 'storage.full')
    call('command.submit', 'command.not-permitted')
    call('log.head', null)
    const command = faults.drain()
    if (!command) throw new Error('nothing to write')
    const world = newWorld()
    world.submit(command.command, command.params, service)
    const [line] = world.rows(events)
    expect(line).toMatchObject({ category: 'api', module: 'hub', state: 'open' })
    expect(noticeText('ja', line?.code ?? '', line?.params ?? {})).toBe(
      'API「command.submit」でエラーが3件発生しました（storage.full）',
    )
    expect(faults.drain()).toBeNull()
  })
})

describe('the registry', () => {
  const status = (state: ModuleStatus['state'], restarts = 0): ModuleStatus => ({
    definition: createEvents(),
    state,
    reason: '',
    restarts,
    since: 0,
  })
  const kernelWith = (list: readonly ModuleStatus[]) => {
    const changes = new Set<(status: ModuleStatus) => void>()
    const rebuilt = new Set<(collection: string, epoch: number) => void>()
    const on =
      <T>(set: Set<T>) =>
      (listener: T) => {
        set.add(listener)
        return () => set.delete(listener)
      }
    const kernel = { modules: { list: () => list, onChange: on(changes) }, onRebuilt: on(rebuilt) } as unknown as Kernel
    return { kernel, changes, rebuilt }
  }

  it('records an earlier run that never said good-bye, and none that did', async () => {
    const world = newWorld()
    const context = world.context('hub')
    const states = () =>
      world.events.map(({ data }) => (data as { readonly state: string; readonly pid: number }).state)
    await createRegistry(context, self).started()
    await createRegistry(context, { ...self, pid: 2 }).started()
    expect(states()).toEqual(['running', 'crashed', 'running'])
    expect(world.events[1]?.data).toMatchObject({ pid: 1 })
    await createRegistry(context, { ...self, pid: 2 }).stopped()
    await createRegistry(context, { ...self, pid: 3 }).started()
    expect(states().slice(3)).toEqual(['stopped', 'running'])
  })

  it('writes what changed and nothing twice', async () => {
    const world = newWorld()
    const { kernel, changes, rebuilt } = kernelWith([status('running')])
    const registry = createRegistry(world.context('hub'), self)
    const stop = registry.follow(kernel)
    for (const listener of changes) {
      listener(status('running'))
      listener(status('stopping'))
      listener(status('stopped'))
    }
    for (const listener of rebuilt) listener('events', 2)
    await registry.settled()
    expect(world.events.map(({ type }) => type)).toEqual([
      'hub.moduleRecorded@1',
      'hub.moduleRecorded@1',
      'hub.moduleRecorded@1',
      'hub.moduleChanged@1',
      'hub.collectionRebuilt@1',
    ])
    stop()
    expect(changes.size + rebuilt.size).toBe(0)
    const again = createRegistry(world.context('hub'), self)
    again.follow(kernelWith([status('stopped')]).kernel)
    await again.settled()
    expect(world.events).toHaveLength(5)
  })

  it('goes on after a failure', async () => {
    const world = newWorld()
    const context = world.context('hub')
    const registry = createRegistry(context, self)
    world.broken = new LibralError('storage.full')
    await registry.started()
    expect(context.logged).toEqual(['hub.unrecorded'])
    world.broken = undefined
    await registry.stopped()
    expect(world.row(instances, 'here')?.state).toBe('stopped')
  })

  it('records later what could not be recorded when it happened', async () => {
    const world = newWorld()
    const registry = createRegistry(world.context('hub'), self)
    await registry.started()
    const { kernel, changes } = kernelWith([status('running')])
    registry.follow(kernel)
    await registry.settled()
    expect(world.rows(modules)[0]?.state).toBe('running')
    world.broken = new LibralError('storage.unavailable')
    for (const listener of changes) listener(status('failed'))
    await registry.settled()
    world.broken = undefined
    const before = world.events.length
    await registry.onList()
    await registry.settled()
    expect(world.rows(modules)[0]?.state).toBe('failed')
    await registry.onList()
    await registry.settled()
    expect(world.events.slice(before).map(({ type }) => type)).toEqual(['hub.moduleRecorded@1', 'hub.moduleChanged@1'])
  })

  it('says that it runs where only the end of the run before could be recorded', async () => {
    const world = newWorld()
    const context = world.context('hub')
    await createRegistry(context, self).started()
    await createRegistry(context, self).stopped()
    const registry = createRegistry(context, { ...self, pid: 2 })
    world.broken = new LibralError('storage.unavailable')
    await registry.started()
    world.broken = undefined
    await registry.onList()
    expect(world.row(instances, 'here')).toMatchObject({ state: 'running', pid: 2 })
    await registry.stopped()
    await registry.onList()
    expect(world.row(instances, 'here')?.state).toBe('stopped')
  })
})
