import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createInbox, inboxLimits } from '#backend/kernel/inbox.ts'
import {
  accept,
  defineHandler,
  defineModule,
  defineProjection,
  type EffectRunner,
  happened,
  type Job,
  type ModuleContext,
  type ModuleDefinition,
} from '#backend/kernel/module.ts'
import { createRegistry } from '#backend/kernel/registry.ts'
import { retain } from '#backend/kernel/retention.ts'
import { openCollections } from '#backend/kernel/served.ts'
import { createOneWriter } from '#backend/kernel/writer.ts'
import { defineCollection } from '#protocol/collection.ts'
import { defineCommand } from '#protocol/command.ts'
import { defineEvent } from '#protocol/event.ts'
import { leaveHandover } from '#protocol/events.ts'
import { baseModules, type Deployment, newDeployment, note } from './harness.ts'
import { servedRows } from './replay.ts'

let deployment: Deployment
beforeEach(() => {
  deployment = newDeployment()
})
afterEach(() => deployment.remove())

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const end = Date.now() + 120_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('never')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A module that asks a provider to print each handover, and records what the printer said. */
const printed = defineCollection({
  name: 'printer.pages',
  version: 1,
  schema: z.strictObject({ key: z.string(), page: z.string(), at: z.int() }),
  key: (row) => row.key,
  indexes: [],
  read: 'events.read',
  retention: { rows: 10, by: 'at' },
})
const recordPage = defineCommand({
  name: 'printer.record',
  risk: 'low',
  permission: 'events.record',
  signedBy: 'service',
  params: z.strictObject({ key: z.string(), page: z.string() }),
})
const askPage = defineCommand({
  name: 'printer.ask',
  risk: 'low',
  permission: 'events.handover',
  params: z.strictObject({ text: z.string() }),
})
const asked = defineEvent({ type: 'printer.asked@1', data: z.strictObject({ text: z.string() }) })
const came = defineEvent({ type: 'printer.came@1', data: z.strictObject({ key: z.string(), page: z.string() }) })

const printer = (
  run: EffectRunner['run'],
  jobs: readonly Job[] = [],
): ModuleDefinition & { contexts: ModuleContext[] } => {
  const contexts: ModuleContext[] = []
  const definition = defineModule({
    manifest: { name: 'printer', version: '1', essential: false, needs: [], restarts: { max: 3, withinMs: 1_000 } },
    collections: [printed],
    events: [asked, came],
    handlers: [
      defineHandler({ command: askPage, reads: () => [], decide: (params) => accept(happened(asked, params)) }),
      defineHandler({ command: recordPage, reads: () => [], decide: (params) => accept(happened(came, params)) }),
    ],
    projections: [
      defineProjection({
        on: came,
        into: printed,
        reads: () => [],
        project: (data, meta) => [{ key: data.key, row: { ...data, at: meta.index } }],
      }),
    ],
    signs: [recordPage],
    triggers: [{ on: asked, request: (data) => ({ effect: 'print', payload: data as { text: string } }) }],
    start: async (context) => {
      contexts.push(context)
      return {
        effects: [{ effect: 'print', run }],
        jobs,
        health: () => ({ ok: true, reason: '' }),
        stop: async () => undefined,
      }
    },
  })
  return { ...definition, contexts }
}

describe('the outbox', () => {
  it('carries an effect out, tries again when it fails, and records the result once', async () => {
    const keys: string[] = []
    const module = printer(async (payload, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      if (keys.length < 3) throw new Error('paper jam')
      return { command: recordPage, params: { key: idempotencyKey, page: (payload as { text: string }).text } }
    })
    const { kernel, storage, signIn } = await deployment.open({ modules: [...baseModules(), module] })
    const person = await signIn('tanaka', 'operator')
    const { index } = await kernel.submit(person.sign(askPage, { text: '一頁' }))
    await until(async () => (await servedRows(storage, 'printer.pages')).size === 1)
    expect(new Set(keys)).toEqual(new Set([`${index}-0`]))
    expect(keys).toHaveLength(3)
    await until(async () => (await storage.outbox.depth()) === 0)
    await kernel.drain()
  })

  it('keeps what a stopped module has to do, and refuses people meanwhile', async () => {
    const module = printer(async (_payload, { idempotencyKey }) => ({
      command: recordPage,
      params: { key: idempotencyKey, page: 'x' },
    }))
    const { kernel, storage, signIn } = await deployment.open({ modules: [...baseModules(), module] })
    const person = await signIn('tanaka', 'operator')
    await kernel.modules.stop('printer')
    await expect(kernel.submit(person.sign(askPage, { text: 'x' }))).rejects.toMatchObject({ code: 'module.stopped' })
    await kernel.modules.start('printer')
    await kernel.submit(person.sign(askPage, { text: 'x' }))
    await until(async () => (await servedRows(storage, 'printer.pages')).size === 1)
    await kernel.drain()
  })

  it('runs what was asked for before a restart', async () => {
    const never = printer(() => new Promise(() => undefined))
    const first = await deployment.open({ modules: [...baseModules(), { ...never, start: async () => idle }] })
    const person = await first.signIn('tanaka', 'operator')
    await first.kernel.submit(person.sign(askPage, { text: 'x' }))
    await first.kernel.drain()
    const module = printer(async (_payload, { idempotencyKey }) => ({
      command: recordPage,
      params: { key: idempotencyKey, page: 'later' },
    }))
    const second = await deployment.open({ modules: [...baseModules(), module] })
    await until(async () => (await servedRows(second.storage, 'printer.pages')).size === 1)
    await second.kernel.drain()
  })
})
const idle = { health: () => ({ ok: true, reason: '' }), stop: async () => undefined }

describe('a running module', () => {
  it('reads, follows commits and runs its jobs; nothing of it lives on after its stop', async () => {
    let runs = 0
    const module = printer(async () => undefined, [{ name: 'tidy', everyMs: 20, run: async () => void runs++ }])
    const { kernel, signIn } = await deployment.open({ modules: [...baseModules(), module] })
    const person = await signIn('tanaka', 'operator')
    const [context] = module.contexts
    if (!context) throw new Error('not started')
    const seen: string[] = []
    context.onCommit(
      [printed],
      (changes) => seen.push(...changes.map(({ key }) => key)),
      () => undefined,
    )
    await context.submit({ command: recordPage, params: { key: 'a', page: '1' } })
    await context.submit({ command: recordPage, params: { key: 'b', page: '2' } })
    expect(seen).toEqual(['a', 'b'])
    expect(await context.read.get(printed, 'a')).toMatchObject({ page: '1' })
    expect(await context.read.get(printed, 'c')).toBeUndefined()
    expect((await context.read.list(printed)).map(({ key }) => key)).toEqual(['a', 'b'])
    expect((await context.read.list(printed, 'b')).map(({ key }) => key)).toEqual(['b'])
    await expect(context.submit({ command: leaveHandover, params: { shift: 'x', text: 'x' } })).rejects.toMatchObject({
      code: 'command.key-not-allowed',
    })
    await until(() => runs >= 3)
    await kernel.modules.stop('printer')
    const after = runs
    await context.submit({ command: recordPage, params: { key: 'c', page: '3' } })
    expect(seen).toEqual(['a', 'b'])
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(runs).toBeLessThanOrEqual(after + 1)
    await kernel.submit(note(person, 'x'))
    await kernel.drain()
  })
})

describe('retention', () => {
  it('keeps the newest rows by the field that the collection names, and tells nobody', async () => {
    const module = printer(async () => undefined)
    const modules = [...baseModules(), module]
    const { kernel, storage } = await deployment.open({ modules })
    const [context] = module.contexts
    const keys = Array.from({ length: 30 }, (_, nth) => String((nth * 7) % 30).padStart(2, '0'))
    for (const key of keys) await context?.submit({ command: recordPage, params: { key, page: 'x' } })
    const { size } = await storage.head()
    const writer = createOneWriter(storage)
    const registry = createRegistry(modules)
    const { served } = await openCollections(storage, writer, registry.collections.values())
    await retain({ storage, writer, registry, served, counted: new Map() })
    expect([...(await servedRows(storage, 'printer.pages')).keys()].sort()).toEqual(keys.slice(-10).sort())
    expect((await storage.head()).size).toBe(size)
    expect(await storage.changes.after(size, size + 100, 10)).toEqual([])
    await kernel.drain()
  })
})

describe('the inbox', () => {
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
  it('takes each item once, within bounds, and gives it out until it is settled', async () => {
    const { kernel, storage } = await deployment.open()
    let now = Date.now()
    const inbox = createInbox({ store: storage.inbox, owner: 'a', now: () => now, depth: () => undefined, log: quiet })
    const item = { id: 'evt-1', source: 'hook', body: Uint8Array.of(1), headers: {} }
    expect(await inbox.receive(item)).toBe(true)
    expect(await inbox.receive(item)).toBe(false)
    const huge = { ...item, id: 'evt-2', body: new Uint8Array(inboxLimits.bodyBytes + 1) }
    await expect(inbox.receive(huge)).rejects.toMatchObject({ code: 'input.too-large' })
    const later = async (): Promise<never> => {
      throw new Error('not now')
    }
    expect(await inbox.process('hook', later)).toBe(0)
    now += inboxLimits.leaseMs + 1
    expect(await inbox.process('hook', async () => ({ state: 'accepted', reason: '' }))).toBe(1)
    expect(await inbox.process('hook', async () => ({ state: 'accepted', reason: '' }))).toBe(0)
    now += inboxLimits.keepMs + 1
    expect(await inbox.sweep()).toBe(1)
    await kernel.drain()
  })
  it('slows one source down without touching another', async () => {
    const { kernel, storage } = await deployment.open()
    const now = Date.now()
    const inbox = createInbox({ store: storage.inbox, owner: 'a', now: () => now, depth: () => undefined, log: quiet })
    const send = (source: string, nth: number) =>
      inbox.receive({ id: `${nth}`, source, body: new Uint8Array(1), headers: {} })
    await Promise.all(Array.from({ length: inboxLimits.perSecond * 2 }, (_, nth) => send('loud', nth)))
    await expect(send('loud', 9_999)).rejects.toMatchObject({ code: 'link.overloaded' })
    expect(await send('quiet', 1)).toBe(true)
    await kernel.drain()
  })
})
