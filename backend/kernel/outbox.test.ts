import { expect, it } from 'vitest'
import type { OutboxStore } from '../storage/port.ts'
import { createOutbox, outboxLimits } from './outbox.ts'

it('stops though an effect hangs', async () => {
  const item = { id: '1-0', module: 'hub', effect: 'hang', payload: null, dueAt: 0, attempts: 1 }
  const store: OutboxStore = {
    claim: async () => [item],
    done: async () => true,
    retry: async () => undefined,
    waiting: async () => [],
    depth: async () => 1,
  }
  const nothing = (): void => undefined
  const log = { info: nothing, warn: nothing, error: nothing }
  const submit = async (): Promise<void> => undefined
  const outbox = createOutbox({ store, instance: 'core', owner: 'a', now: () => 1, submit, depth: nothing, log })
  const begun = Promise.withResolvers<void>()
  const run = (): Promise<undefined> => {
    begun.resolve()
    return new Promise(nothing)
  }
  outbox.attach('hub', [{ effect: 'hang', run }])
  await begun.promise
  const began = performance.now()
  await outbox.stop()
  expect(performance.now() - began).toBeLessThan(outboxLimits.stopMs + 20_000)
})
