import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Health, ModuleDefinition, RunningModule } from './module.ts'
import { createSupervisor, supervisorLimits } from './supervisor.ts'

interface Behaviour {
  readonly name: string
  readonly needs?: readonly string[]
  readonly essential?: boolean
  readonly max?: number
  start?: () => Promise<void>
  stop?: () => Promise<void>
  health?: () => Health
}

const definitionOf = ({ name, needs = [], essential = false, max = 2 }: Behaviour): ModuleDefinition =>
  ({ manifest: { name, version: '1', essential, needs, restarts: { max, withinMs: 1_000 } } }) as ModuleDefinition

const supervise = (...behaviours: readonly Behaviour[]) => {
  const calls: string[] = []
  const crashes = new Map<string, (reason: unknown) => void>()
  const supervisor = createSupervisor({
    filled: async () => false,
    modules: behaviours.map(definitionOf),
    now: () => Date.now(),
    failed: (module) => calls.push(`failed ${module}`),
    bring: async ({ manifest: { name } }, crashed): Promise<RunningModule> => {
      const behaviour = behaviours.find((one) => one.name === name)
      calls.push(`start ${name}`)
      crashes.set(name, crashed)
      await behaviour?.start?.()
      return {
        health: behaviour?.health ?? (() => ({ ok: true, reason: '' })),
        stop: async () => {
          calls.push(`stop ${name}`)
          await behaviour?.stop?.()
        },
      }
    },
  })
  const states: string[] = []
  supervisor.onChange(({ definition, state }) => states.push(`${definition.manifest.name} ${state}`))
  return { supervisor, calls, states, crash: (name: string) => crashes.get(name)?.(new Error('x')) }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('the supervisor', () => {
  it('starts what is needed first and stops it last', async () => {
    const { supervisor, calls } = supervise(
      { name: 'alerts', needs: ['hub'] },
      { name: 'hub', needs: ['events'] },
      { name: 'events' },
    )
    await supervisor.startAll()
    await supervisor.stopAll()
    expect(calls).toEqual(['start events', 'start hub', 'start alerts', 'stop alerts', 'stop hub', 'stop events'])
  })
  it('restarts what crashes, until it crashes too often', async () => {
    const { supervisor, crash, states } = supervise({ name: 'hub', max: 2 })
    await supervisor.startAll()
    for (let nth = 0; nth < 2; nth++) {
      crash('hub')
      await settle()
      expect(supervisor.list()[0]?.state).toBe('running')
    }
    crash('hub')
    await settle()
    expect(supervisor.list()[0]).toMatchObject({ state: 'failed', restarts: 2 })
    expect(states.at(-1)).toBe('hub failed')
    await supervisor.start('hub')
    expect(supervisor.isRunning('hub')).toBe(true)
  })
  it('stops a start that comes after its time, or that crashed on its way', async () => {
    let finish: () => void = () => undefined
    let starts = 0
    const slow = (): Promise<void> => {
      starts++
      return starts === 1 ? new Promise((resolve) => (finish = resolve)) : Promise.resolve()
    }
    for (const lose of ['crash', 'time'] as const) {
      starts = 0
      const { supervisor, calls, crash } = supervise({ name: 'hub', start: slow })
      const all = supervisor.startAll()
      await settle()
      if (lose === 'crash') crash('hub')
      else await vi.advanceTimersByTimeAsync(supervisorLimits.startMs)
      await settle()
      finish()
      await all
      await settle()
      expect(supervisor.isRunning('hub')).toBe(true)
      expect(calls.filter((call) => call !== 'failed hub')).toEqual(['start hub', 'start hub', 'stop hub'])
      await supervisor.stopAll()
    }
  })
  it('forgives crashes that lie outside the period', async () => {
    const { supervisor, crash } = supervise({ name: 'hub', max: 1 })
    await supervisor.startAll()
    for (let nth = 0; nth < 5; nth++) {
      crash('hub')
      await vi.advanceTimersByTimeAsync(1_001)
    }
    expect(supervisor.isRunning('hub')).toBe(true)
  })
  it('does not hold a late crash of an earlier life against the present one', async () => {
    const { supervisor, crash } = supervise({ name: 'hub' })
    await supervisor.startAll()
    const late = crash
    await supervisor.stop('hub')
    late('hub')
    await settle()
    expect(supervisor.list()[0]?.state).toBe('stopped')
  })
  it('stops waiting for a module that does not stop', async () => {
    const { supervisor } = supervise({ name: 'hub', stop: () => new Promise(() => undefined) })
    await supervisor.startAll()
    const stopping = supervisor.stop('hub')
    await vi.advanceTimersByTimeAsync(supervisorLimits.stopMs)
    await stopping
    expect(supervisor.list()[0]?.state).toBe('stopped')
  })
  it('shows by its health that a module is degraded, and that it is well again', async () => {
    let ok = true
    const { supervisor } = supervise({ name: 'hub', health: () => ({ ok, reason: ok ? '' : 'disk' }) })
    await supervisor.startAll()
    ok = false
    await vi.advanceTimersByTimeAsync(supervisorLimits.healthMs)
    expect(supervisor.list()[0]).toMatchObject({ state: 'degraded', reason: 'disk' })
    expect(supervisor.isRunning('hub')).toBe(true)
    ok = true
    await vi.advanceTimersByTimeAsync(supervisorLimits.healthMs)
    expect(supervisor.list()[0]).toMatchObject({ state: 'running', reason: '' })
    await supervisor.stopAll()
  })
  it('stops dependents too, but never for the sake of an essential one', async () => {
    const { supervisor, calls } = supervise(
      { name: 'hub' },
      { name: 'alerts', needs: ['hub'] },
      { name: 'log', essential: true },
    )
    await supervisor.startAll()
    await supervisor.stop('hub')
    expect(calls.slice(-2)).toEqual(['stop alerts', 'stop hub'])
    await expect(supervisor.stop('log')).rejects.toThrow('module.essential')
    await expect(supervisor.stop('hub')).rejects.toThrow('module.already-stopped')
    await expect(supervisor.start('log')).rejects.toThrow('module.already-running')
    await expect(supervisor.stop('nobody')).rejects.toThrow('module.unknown')
    await supervisor.start('alerts')
    expect(supervisor.isRunning('hub')).toBe(true)
  })
  it('restarts with what depends on it', async () => {
    const { supervisor, calls } = supervise({ name: 'hub' }, { name: 'alerts', needs: ['hub'] })
    await supervisor.startAll()
    calls.length = 0
    await supervisor.restart('hub')
    expect(calls).toEqual(['stop alerts', 'stop hub', 'start hub', 'start alerts'])
  })
  it('goes on without a module that can’t start, and gives up for an essential one', async () => {
    const fails = async (): Promise<void> => {
      throw new Error('no')
    }
    const without = supervise({ name: 'hub', start: fails, max: 1 }, { name: 'events' })
    await without.supervisor.startAll()
    expect(without.supervisor.list().map(({ state }) => state)).toEqual(['failed', 'running'])
    const essential = supervise({ name: 'hub', start: fails, essential: true })
    await expect(essential.supervisor.startAll()).rejects.toThrow('module.stopped')
  })
  it('recovers from a crash only when nobody else is about it', async () => {
    let finish: () => void = () => undefined
    const stop = (): Promise<void> => new Promise((resolve) => (finish = resolve))
    const { supervisor, crash, calls } = supervise({ name: 'hub', stop })
    await supervisor.startAll()
    const stopped = supervisor.stop('hub')
    crash('hub')
    await settle()
    finish()
    await stopped
    await settle()
    expect(supervisor.list()[0]?.state).toBe('stopped')
    await supervisor.start('hub')
    // While it recovers, an operator is told to wait.
    crash('hub')
    await settle()
    await expect(supervisor.stop('hub')).rejects.toThrow('module.busy')
    finish()
    await settle()
    expect(supervisor.list()[0]?.state).toBe('running')
    expect(calls.filter((call) => call !== 'failed hub')).toEqual([
      ...['start hub', 'stop hub', 'start hub', 'stop hub', 'start hub'],
    ])
  })
  it('holds a crash in the moment after the start against it, too', async () => {
    let nth = 0
    const { supervisor, crash, calls } = supervise({
      name: 'hub',
      start: async () => {
        if (nth++ === 0) crash('hub')
      },
    })
    await supervisor.startAll()
    await settle()
    expect(supervisor.list()[0]).toMatchObject({ state: 'running', restarts: 1 })
    expect(calls.filter((call) => call !== 'failed hub')).toEqual(['start hub', 'stop hub', 'start hub'])
  })
  it('abandons what is still starting when all is to stop, and starts nothing more', async () => {
    let finish: () => void = () => undefined
    const start = (): Promise<void> => new Promise((resolve) => (finish = resolve))
    const { supervisor, calls } = supervise({ name: 'hub' }, { name: 'slow', start }, { name: 'last' })
    const starting = supervisor.startAll()
    await settle()
    const stopped = supervisor.stopAll()
    await settle()
    finish()
    await Promise.all([starting, stopped])
    expect(calls).toEqual(['start hub', 'start slow', 'stop slow', 'stop hub'])
    expect(supervisor.list().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped'])
  })
  it('waits only so long for what does not even start', async () => {
    const { supervisor } = supervise({ name: 'hub', start: () => new Promise(() => undefined) })
    const starting = supervisor.startAll()
    await settle()
    const stopped = supervisor.stopAll()
    await vi.advanceTimersByTimeAsync(supervisorLimits.stopMs)
    await Promise.all([starting, stopped])
    expect(supervisor.list()[0]?.state).toBe('stopped')
  })
  it('refuses a build whose needs are missing or circular', () => {
    expect(() => supervise({ name: 'hub', needs: ['nobody'] })).toThrow('missing or circular')
    expect(() => supervise({ name: 'a', needs: ['b'] }, { name: 'b', needs: ['a'] })).toThrow('missing or circular')
  })
})
