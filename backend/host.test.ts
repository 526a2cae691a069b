import { expect, it } from 'vitest'
import { watchEssentials } from './host.ts'
import type { ModuleStatus } from './kernel/kernel.ts'

const status = (name: string, essential: boolean, state: ModuleStatus['state']): ModuleStatus =>
  ({ definition: { manifest: { name, essential } }, state, reason: 'storage.full' }) as ModuleStatus

it('tells once when an essential module has failed for good, and of no other', () => {
  const told: unknown[] = []
  const listeners: ((status: ModuleStatus) => void)[] = []
  const modules = {
    list: () => [status('session', true, 'running')],
    onChange: (listener: (status: ModuleStatus) => void) => {
      listeners.push(listener)
      return () => undefined
    },
  }
  const nothing = (): void => undefined
  const error = (event: string, fields?: unknown): void => void told.push([event, fields])
  watchEssentials(modules, {
    log: { debug: nothing, info: nothing, warn: nothing, error },
    failed: () => told.push('failed'),
  })
  const change = (one: ModuleStatus): void => {
    for (const listener of listeners) listener(one)
  }
  change(status('alerts', false, 'failed'))
  change(status('session', true, 'starting'))
  expect(told).toEqual([])
  change(status('session', true, 'failed'))
  change(status('hub', true, 'failed'))
  expect(told).toEqual([['backend.essential-failed', { module: 'session', reason: 'storage.full' }], 'failed'])
})
