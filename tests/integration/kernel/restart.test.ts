import { afterEach, describe, expect, it } from 'vitest'
import { logModule } from '#backend/kernel/log-module.ts'
import { defineModule } from '#backend/kernel/module.ts'
import { createRegistry } from '#backend/kernel/registry.ts'
import { leaveHandover, recordEvents } from '#protocol/events.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { parseEntry } from '#trust/entry.ts'
import { leafHash, verifyConsistency, verifyInclusion } from '#trust/merkle.ts'
import { baseModules, type Deployment, newDeployment, note } from './harness.ts'

let deployment: Deployment | undefined
afterEach(() => deployment?.remove())
const fresh = (): Deployment => {
  deployment = newDeployment()
  return deployment
}

describe('a deployment', () => {
  it('begins with a genesis signed by the log key, and goes on after a restart', async () => {
    const here = fresh()
    const first = await here.open()
    const [bytes] = await first.kernel.log.entries(0, 1)
    const genesis = parseEntry(bytes ?? new Uint8Array())
    expect(genesis.command.statement.command).toBe('log.open')
    expect(genesis.command.signatures[0]).toMatchObject({ kind: 'log', key: first.keys.log.keyId })
    expect(genesis.events.map(({ type }) => type)).toEqual(['log.opened@1'])
    const person = await first.signIn('tanaka', 'operator')
    const command = note(person, 'before')
    const outcome = await first.kernel.submit(command)
    const head = await first.kernel.log.head()
    await first.kernel.drain()

    const second = await here.open()
    expect(await second.kernel.log.head()).toEqual(head)
    expect(second.kernel.deployment.name).toBe('テスト')
    expect(await second.kernel.submit(command)).toEqual(outcome)
    expect(second.kernel.principal(person.signer.keyId)).toMatchObject({ operator: 'tanaka', roles: ['operator'] })
    await second.kernel.submit(note(person, 'after'))
    await second.kernel.drain()
  })

  it('never turns the order of its entries around when the clock is set back', async () => {
    const here = fresh()
    const { kernel, storage, signIn } = await here.open()
    const person = await signIn('tanaka', 'operator')
    const hour = 3_600_000
    const noon = here.clock.now() + 1_000
    here.clock.now = () => noon
    const before = await kernel.submit(note(person, 'before'))
    expect(before.at).toBe(noon)
    here.clock.now = () => noon - hour
    // Statements are judged by the clock as it is: one made for now is good, one of an hour ahead is not.
    const after = await kernel.submit(note(person, 'after'))
    expect(after.at).toBe(noon)
    const ahead = person.sign(leaveHandover, { shift: '日勤', text: 'ahead' }, { issuedAt: noon })
    await expect(kernel.submit(ahead)).rejects.toMatchObject({ code: 'command.from-future' })
    here.clock.now = () => noon + 5
    expect((await kernel.submit(note(person, 'on'))).at).toBe(noon + 5)
    const entries = await storage.entries.byIndex(0, (await storage.head()).size)
    const times = entries.map(({ at }) => at)
    expect(times).toEqual([...times].sort((one, other) => one - other))
    await kernel.drain()
  })

  it('certifies what a new build adds, once', async () => {
    const here = fresh()
    const [eventsModule, session] = baseModules()
    if (!eventsModule || !session) throw new Error('modules')
    const narrow = { ...eventsModule, signs: [] }
    const first = await here.open({ modules: [narrow, session] })
    const before = await first.kernel.log.head()
    await first.kernel.drain()
    const second = await here.open()
    const [bytes] = await second.kernel.log.entries(before.size, before.size + 1)
    const added = parseEntry(bytes ?? new Uint8Array())
    expect(added.command.statement.command).toBe('log.certifyServices')
    const recorded = { category: 'system', severity: 'info', code: 'events.note', params: {}, detail: '' } as const
    await second.service('events', { command: recordEvents, params: { events: [recorded] } })
    const size = (await second.kernel.log.head()).size
    await second.kernel.drain()
    const third = await here.open()
    expect((await third.kernel.log.head()).size).toBe(size)
    await third.kernel.drain()
  })

  it('refuses a log that belongs to other keys', async () => {
    const here = fresh()
    const first = await here.open()
    await first.kernel.drain()
    const { rmSync } = await import('node:fs')
    rmSync(`${here.dir}/deployment.keys`)
    await expect(here.open()).rejects.toMatchObject({ code: 'log.broken' })
  })

  it('drains: what is under way ends, nothing more is taken', async () => {
    const here = fresh()
    const { kernel, signIn } = await here.open()
    const person = await signIn('tanaka', 'operator')
    const commands = Array.from({ length: 200 }, (_, nth) => note(person, `n${nth}`))
    const outcomes = commands.map((command) =>
      kernel.submit(command).then(
        () => true,
        () => false,
      ),
    )
    const drained = kernel.drain()
    await expect(kernel.submit(note(person, 'late'))).rejects.toMatchObject({ code: 'link.offline' })
    expect((await Promise.all(outcomes)).every(Boolean)).toBe(true)
    await drained
  })
})

describe('proofs', () => {
  it('hold for every entry and every size, over the subtrees that are stored', async () => {
    const here = fresh()
    const { kernel, signIn } = await here.open()
    const person = await signIn('tanaka', 'operator')
    await Promise.all(Array.from({ length: 600 }, (_, nth) => kernel.submit(note(person, `n${nth}`))))
    const { size, root } = await kernel.log.head()
    for (const index of [0, 1, 255, 256, 257, 511, 512, size - 1]) {
      const [bytes] = await kernel.log.entries(index, index + 1)
      const leaf = leafHash(bytes ?? new Uint8Array())
      const proof = await kernel.log.inclusion(index, size)
      expect(verifyInclusion(leaf, index, size, proof, fromBase64url(root))).toBe(true)
    }
    const before = { size, root }
    await kernel.submit(note(person, 'one more'))
    const after = await kernel.log.head()
    const proof = await kernel.log.consistency(before.size, after.size)
    const [old, now] = [fromBase64url(before.root), fromBase64url(after.root)]
    expect(verifyConsistency(before.size, after.size, proof, old, now)).toBe(true)
    await expect(kernel.log.inclusion(0, after.size + 1)).rejects.toMatchObject({ code: 'log.out-of-range' })
    await kernel.drain()
  })
})

describe('an event of an older version', () => {
  it('is lifted to the newest before it is projected', () => {
    const [eventsModule] = baseModules()
    if (!eventsModule) throw new Error('modules')
    const recorded = eventsModule.events.find(({ type }) => type === 'events.recorded@1')
    if (!recorded) throw new Error('event')
    const older = { ...recorded, type: 'events.recorded@0' }
    const upcasts = [
      { from: older, to: recorded, upcast: (data: unknown) => ({ ...(data as object), detail: 'lifted' }) },
    ]
    const registry = createRegistry([logModule, defineModule({ ...eventsModule, upcasts })])
    expect(registry.lift({ type: older.type, data: { code: 'x' } })).toEqual({
      definition: recorded,
      data: { code: 'x', detail: 'lifted' },
    })
    expect(registry.lift({ type: 'mining.started@1', data: {} })).toBeUndefined()
  })
})
