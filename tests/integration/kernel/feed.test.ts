import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Storage } from '#backend/storage/port.ts'
import { acknowledgeEvents, eventKey, recordEvents } from '#protocol/events.ts'
import { closeCodes, feedLimits } from '#protocol/feed.ts'
import { changeOperator, endSession } from '#protocol/session.ts'
import { type Deployment, newDeployment, note, type Opened, type Person } from './harness.ts'
import { createModelClient, type ModelClient } from './model-client.ts'
import { servedRows, tableText } from './replay.ts'
import { randomFrom, seedOf } from './seed.ts'

let deployment: Deployment
let opened: Opened
let person: Person
let administrator: Person
/** Reads pause at random, so that commits fall in between. */
let pause: () => Promise<void> = async () => undefined
/** Set: a page that was read waits here before it goes out. */
let held: Promise<void> | undefined

const slowed = (storage: Storage): Storage => ({
  ...storage,
  changes: {
    ...storage.changes,
    after: async (after, upTo, limit) => {
      await pause()
      const found = await storage.changes.after(after, upTo, Math.min(limit, 20))
      await pause()
      return found
    },
  },
  rows: {
    ...storage.rows,
    page: async (collection, epoch, after, limit) => {
      await pause()
      const page = await storage.rows.page(collection, epoch, after, limit)
      await pause()
      await held
      return page
    },
  },
})

beforeAll(async () => {
  deployment = newDeployment()
  // Some clients lack what is in memory, others more.
  opened = await deployment.open({ wrap: slowed, recentBytes: 8_000 })
  person = await opened.signIn('tanaka', 'operator')
  administrator = await opened.signIn('suzuki', 'administrator')
})
afterAll(async () => {
  pause = async () => undefined
  await opened.kernel.drain()
  deployment.remove()
})

const warning = { category: 'system', severity: 'warning', code: 'events.note', params: {}, detail: 'x' } as const
const collections = ['events', 'events.handovers', 'session.operators']
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const wholeSoon = async (client: ModelClient): Promise<void> => {
  const { size } = await opened.kernel.log.head()
  const until = Date.now() + 120_000
  while (!client.whole(size) && Date.now() < until) await sleep(5)
  expect(client.whole(size)).toBe(true)
}
const equalsRows = async (client: ModelClient): Promise<void> => {
  for (const [name, { rows }] of client.tables) {
    expect(tableText(rows)).toEqual(tableText(await servedRows(opened.storage, name)))
  }
}

describe('the feed', () => {
  /** Readers before them, so that they are sent to in a later turn of the loop. */
  const crowd = async (count: number): Promise<() => void> => {
    const more = { cursors: { events: null }, telemetry: false, send: () => 0, close: () => undefined }
    const { principal } = person
    const all = Array.from({ length: count }, () => opened.kernel.feed.open({ principal, ...more }))
    const subscriptions = await Promise.all(all)
    return () => {
      for (const subscription of subscriptions) subscription.end()
    }
  }
  it.each([0, 600])(
    'brings every change once and in order to clients lost at any point, beside %i more',
    async (more) => {
      const leave = await crowd(more)
      const random = randomFrom(seedOf(`feed ${more}`))
      pause = () => (random() < 0.5 ? sleep(random() * random() * 25) : Promise.resolve())
      const clients = Array.from({ length: 6 }, () =>
        createModelClient(opened.kernel.feed, person.principal, collections),
      )
      const lived = clients.map(async (client) => {
        for (let round = 0; round < 12; round++) {
          await client.connect()
          await sleep(random() * 60)
          client.disconnect()
          if (random() < 0.3) await sleep(random() * 80)
        }
        await client.connect()
      })
      let writing = true
      const writer = (async () => {
        while (writing) {
          const some = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, nth) => note(person, `n${nth}`))
          await Promise.all(some.map(opened.kernel.submit))
          if (random() < 0.4) {
            await opened.service('events', { command: recordEvents, params: { events: [warning] } })
            const { size } = await opened.kernel.log.head()
            const command = person.sign(acknowledgeEvents, { keys: [eventKey(size - 1, 0)], note: '' })
            await opened.kernel.submit(command).catch(() => undefined)
          }
          if (random() < 0.05) await opened.kernel.rebuild(random() < 0.5 ? 'events' : 'events.handovers')
          await sleep(random() * 10)
        }
      })()
      await Promise.all(lived)
      writing = false
      await writer
      pause = async () => undefined
      for (const client of clients) {
        await wholeSoon(client)
        expect(client.wrong).toEqual([])
        await equalsRows(client)
        client.disconnect()
      }
      leave()
      expect(opened.kernel.feed.subscribers()).toBe(0)
    },
  )

  it('never lets a page that was read earlier undo a change', async () => {
    await opened.service('events', { command: recordEvents, params: { events: [warning] } })
    const { size } = await opened.kernel.log.head()
    const client = createModelClient(opened.kernel.feed, person.principal, ['events'])
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    await client.connect()
    await sleep(20)
    await opened.kernel.submit(person.sign(acknowledgeEvents, { keys: [eventKey(size - 1, 0)], note: '' }))
    await sleep(80)
    held = undefined
    resolve()
    await wholeSoon(client)
    await equalsRows(client)
    expect(client.wrong).toEqual([])
    client.disconnect()
  })

  it('answers a cursor that fits with resume, any other with a snapshot', async () => {
    const { size } = await opened.kernel.log.head()
    const answers: unknown[] = []
    const open = async (cursors: Record<string, { epoch: number; offset: number } | null>) => {
      const subscription = await opened.kernel.feed.open({
        principal: person.principal,
        cursors,
        telemetry: false,
        send: (frame) => {
          answers.push(JSON.parse(frame))
          return 0
        },
        close: () => undefined,
      })
      subscription.end()
      return (answers.shift() as { collections: Record<string, { mode: string }> }).collections
    }
    const epoch = (await opened.storage.collections()).find(({ name, ready }) => name === 'alerts' && ready)?.epoch
    expect(epoch).toBeUndefined()
    const sessions = 'session.operators'
    expect(await open({ [sessions]: { epoch: 1, offset: size } })).toEqual({ [sessions]: { mode: 'resume' } })
    for (const cursor of [null, { epoch: 9, offset: size }, { epoch: 1, offset: size + 1 }]) {
      expect((await open({ [sessions]: cursor }))[sessions]?.mode).toBe('snapshot')
    }
    expect(await open({ 'session.sessions': null, nothing: null })).toEqual({
      'session.sessions': { mode: 'denied' },
      nothing: { mode: 'unknown' },
    })
  })

  it('gives a snapshot to a cursor older than the change rows', async () => {
    const client = createModelClient(opened.kernel.feed, person.principal, ['events.handovers'])
    await client.connect()
    await wholeSoon(client)
    client.disconnect()
    for (let nth = 0; nth < 5; nth++) await opened.kernel.submit(note(person, `away ${nth}`))
    const { size } = await opened.kernel.log.head()
    await opened.storage.trimChanges(size - 1)
    await client.connect()
    await wholeSoon(client)
    await equalsRows(client)
    expect(client.wrong).toEqual([])
    client.disconnect()
  })

  it('takes a collection away from a role that may no longer read it, and gives it back', async () => {
    const moved = await opened.signIn('moved', 'administrator')
    const client = createModelClient(opened.kernel.feed, moved.principal, ['session.sessions', 'events.handovers'])
    await client.connect()
    await wholeSoon(client)
    const change = { operator: moved.operator, name: 'moved', roles: ['auditor' as const], disabled: false }
    await opened.kernel.submit(await administrator.own.sign(changeOperator, change))
    await wholeSoon(client)
    await vi.waitFor(() => expect([...client.tables.keys()]).toEqual(['events.handovers']), 60_000)
    const again = { ...change, roles: ['administrator' as const] }
    await opened.kernel.submit(await administrator.own.sign(changeOperator, again))
    const both = ['events.handovers', 'session.sessions']
    await vi.waitFor(() => expect([...client.tables.keys()].sort()).toEqual(both), 60_000)
    await wholeSoon(client)
    await equalsRows(client)
    client.disconnect()
  })

  it('ends with the session', async () => {
    const leaver = await opened.signIn('leaver', 'operator')
    const client = createModelClient(opened.kernel.feed, leaver.principal, ['events'])
    await client.connect()
    await opened.kernel.submit(leaver.sign(endSession, { key: leaver.signer.keyId }))
    await vi.waitFor(() => expect(client.closes).toEqual([closeCodes.sessionEnded]), 60_000)
    await client.connect()
    expect(client.closes).toEqual([closeCodes.sessionEnded, closeCodes.sessionEnded])
  })

  it('closes a slow client and drops its telemetry first', async () => {
    let waiting = 0
    const slow = createModelClient(opened.kernel.feed, person.principal, ['events.handovers'], {
      telemetry: true,
      send: () => waiting,
      waiting: () => waiting,
    })
    await slow.connect()
    waiting = feedLimits.queueBytes / 2
    const sample = { at: 1, instance: 'test', values: {} }
    opened.kernel.feed.publish({ t: 'sample', sample, dropped: 0 })
    expect(opened.kernel.figures().telemetryDropped).toBe(1)
    waiting = feedLimits.queueBytes + 1
    await opened.kernel.submit(note(person, 'too much'))
    await vi.waitFor(() => expect(slow.closes).toEqual([closeCodes.slow]), 60_000)
  })
})
