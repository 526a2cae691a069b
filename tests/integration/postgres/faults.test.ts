import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import { acknowledgeEvents } from '#protocol/events.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { startTcpProxy, type TcpProxy } from '#tests/fixtures/servers/tcp-proxy.ts'
import { baseModules, note, type Person } from '../kernel/harness.ts'
import { createModelClient, type ModelClient } from '../kernel/model-client.ts'
import { projectedRows, recount, servedRows, tableText } from '../kernel/replay.ts'
import { randomFrom, seedOf } from '../kernel/seed.ts'
import { type Clients, startClients } from './clients.ts'
import { type InstanceProcess, instanceProcess } from './instance-process.ts'
import { canMount, makeRoom } from './room.ts'
import { openInstance, signIn, type TeamInstance } from './team.ts'

const watched = ['events', 'events.handovers']

/** Two instances, one here and one in a process of its own, each behind a network that can be worsened. */
interface World {
  readonly server: PostgresServer
  readonly database: string
  readonly networks: readonly [TcpProxy, TcpProxy]
  readonly here: TeamInstance
  readonly there: InstanceProcess
  readonly person: Person
  readonly replicas: readonly ModelClient[]
  readonly clients: Clients
}

const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 120_000; !(await holds()); await pause(20)) {
    if (performance.now() > end) throw new Error('it never came to be')
  }
}

describe.skipIf(!hasPostgres)('two instances on one PostgreSQL', () => {
  let server: PostgresServer
  let folder: string
  const cleanups: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startPostgres()
    folder = mkdtempSync(join(tmpdir(), 'libral-team-'))
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  let random: () => number
  beforeEach(({ task }) => {
    random = randomFrom(seedOf(task.name))
  })

  const begin = async (options = ''): Promise<World> => {
    const database = `team${randomBytes(6).toString('hex')}`
    await server.createDatabase(`${database}${options}`)
    const keyFile = join(folder, `${database}.keys`)
    const through = async (): Promise<readonly [TcpProxy, string]> => {
      const network = await startTcpProxy(server.port)
      cleanups.push(network.close)
      return [network, server.url(database).replace(`:${server.port}/`, `:${network.port}/`)]
    }
    const [east, eastUrl] = await through()
    const [west, westUrl] = await through()
    const here = await openInstance({ url: eastUrl, keyFile, instance: 'east' })
    cleanups.push(() => here.kernel.drain())
    const there = instanceProcess({ url: westUrl, keyFile, instance: 'west' })
    await there.start()
    cleanups.push(there.kill)
    const person = await signIn(here)
    const replicas = [0, 1].map(() => createModelClient(here.kernel.feed, person.principal, watched))
    for (const replica of replicas) await replica.connect()
    const clients = startClients(20, person, [here.kernel.submit, there.submit], random)
    return { server, database, networks: [east, west], here, there, person, replicas, clients }
  }
  const progress = async ({ clients }: World, more: number): Promise<void> => {
    const from = clients.acknowledged.size
    await until(() => clients.acknowledged.size >= from + more || clients.wrong.length > 0)
  }
  const someTime = (most: number): Promise<void> => pause(random() * most)

  /** What must hold after any fault. */
  const judge = async ({ database, here, clients, replicas }: World): Promise<void> => {
    await clients.stop()
    expect(clients.wrong).toEqual([])
    const storage = await openPostgres({ engine: 'postgres', url: server.url(database) })
    cleanups.push(() => storage.close())
    const { size, ids, root, headRoot, leaves } = await recount({ storage })
    expect(leaves).toBe(size)
    expect(root).toBe(headRoot)
    expect([...ids.values()].every((count) => count === 1)).toBe(true)
    const stored = await storage.entries.byIds([...clients.acknowledged.keys()] as never)
    for (const [id, index] of clients.acknowledged) expect(stored.get(id as never)?.index, id).toBe(index)
    for (const collection of [...watched, 'session.sessions', 'session.operators', 'log.services']) {
      const served = tableText(await servedRows(storage, collection))
      expect(served).toEqual(tableText(await projectedRows(storage, baseModules(), collection)))
    }
    for (const replica of replicas) {
      if (replica.closes.length > 0) await replica.connect()
      await here.kernel.latest()
      await until(() => replica.whole(size))
      expect(replica.wrong).toEqual([])
      for (const collection of watched) {
        const rows = replica.tables.get(collection)?.rows ?? new Map()
        expect(tableText(rows)).toEqual(tableText(await servedRows(storage, collection)))
      }
    }
  }

  test('commands flow on both, and each sees what the other commits', async () => {
    const world = await begin()
    await progress(world, 200)
    await judge(world)
  })

  test('a collection is rebuilt by one while both go on writing it', async () => {
    const world = await begin()
    for (let round = 0; round < 2; round++) {
      await progress(world, 100)
      await Promise.all([
        world.here.kernel.rebuild('events.handovers'),
        world.here.kernel.rebuild('session.sessions'),
        progress(world, 50),
      ])
    }
    const epochs = (await world.here.storage.collections()).filter(({ name }) => name === 'events.handovers')
    expect(epochs).toMatchObject([{ epoch: 3, ready: true }])
    await judge(world)
  })

  test('the server is killed at random moments', async () => {
    const world = await begin()
    for (let round = 0; round < 4; round++) {
      await progress(world, 20 + Math.floor(random() * 60))
      await (random() < 0.5 ? server.kill() : server.stop('immediate'))
      await someTime(500)
      await server.start()
    }
    await progress(world, 50)
    await judge(world)
  })

  test('the server is paused and goes on', async () => {
    const world = await begin()
    for (const ms of [200, 6_000, 1_500]) {
      await progress(world, 20 + Math.floor(random() * 60))
      server.pause()
      await someTime(ms)
      server.resume()
    }
    await progress(world, 50)
    await judge(world)
  })

  test('one instance is killed and starts again', async () => {
    const world = await begin()
    for (let round = 0; round < 3; round++) {
      await progress(world, 20 + Math.floor(random() * 60))
      await world.there.kill()
      await progress(world, 20)
      await world.there.start()
    }
    await progress(world, 50)
    await judge(world)
  })

  test('one instance is paused, perhaps within its commit: the other goes on', async () => {
    const world = await begin()
    for (let round = 0; round < 3; round++) {
      await progress(world, 20 + Math.floor(random() * 60))
      world.there.signal('SIGSTOP')
      await progress(world, 20)
      await someTime(1_000)
      world.there.signal('SIGCONT')
    }
    await progress(world, 50)
    await judge(world)
  })

  test('one instance is cut off for longer than changes are kept, and reads everything anew', async () => {
    const world = await begin()
    const { here, there, networks, person, replicas } = world
    const storage = await openPostgres({ engine: 'postgres', url: server.url(world.database) })
    cleanups.push(() => storage.close())
    for (let round = 0; round < 2; round++) {
      await progress(world, 40)
      networks[0].cut()
      // Of the twenty, those that are at home on the other go on.
      for (let nth = 0; nth < 20; nth++) await there.submit(note(person, `離れている間 ${round}-${nth}`))
      await storage.trimChanges((await storage.head()).size)
      const lost = note(person, `届かない ${round}`)
      const answer = here.kernel.submit(lost).catch(() => undefined)
      networks[0].heal()
      await answer
      await progress(world, 40)
      expect((await here.kernel.submit(lost)).id).toBe(lost.statement.id)
    }
    expect(replicas.flatMap(({ closes }) => closes)).toEqual([])
    await judge(world)
  })

  test('the answer to a commit gets lost: the command is found, or made, and never both', async () => {
    const world = await begin()
    for (let round = 0; round < 10; round++) {
      world.networks[0].loseAnswerTo('commit')
      await progress(world, 10 + Math.floor(random() * 20))
    }
    await judge(world)
  })

  test('of two who acknowledge one event on two instances at once, one does', async () => {
    const world = await begin()
    const { here, there, person, database, clients } = world
    await clients.stop()
    const keys = [...(await servedRows(here.storage, 'events')).keys()].slice(0, 40)
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      const [one, other] = await Promise.allSettled([
        here.kernel.submit(person.sign(acknowledgeEvents, { keys: [key], note: '東' })),
        there.submit(person.sign(acknowledgeEvents, { keys: [key], note: '西' })),
      ])
      const refused = [one, other].filter((result) => result.status === 'rejected')
      expect(refused.map(({ reason }) => reason.code)).toEqual(['events.already-acknowledged'])
    }
    expect(database).toBeTruthy()
    await judge(world)
  })

  test.skipIf(!canMount)('the database has no room left, then has again', async () => {
    const room = await makeRoom(server)
    let full: string | undefined
    cleanups.push(async () => {
      room.widen()
      if (full) await server.query(`drop database ${full} with (force)`)
      await server.query(`drop tablespace ${room.name}`)
      room.remove()
    })
    const world = await begin(` tablespace ${room.name}`)
    await progress(world, 50)
    full = world.database
    await room.leave(64 * 1024)
    const refusing = async (): Promise<boolean> => {
      const probe = note(world.person, 'x'.repeat(1_000))
      const failed = await world.here.kernel.submit(probe).then(
        () => '',
        ({ code }) => code as string,
      )
      return failed === 'storage.full'
    }
    await until(refusing)
    await someTime(1_000)
    room.widen()
    await progress(world, 50)
    await judge(world)
  })

  test('the network between an instance and the server drops, delays, truncates and is cut', async () => {
    const world = await begin()
    const harms: readonly ((network: TcpProxy) => void)[] = [
      (network) => network.drop(),
      (network) => network.truncate(Math.floor(random() * 400)),
      (network) => network.delay(20 + random() * 60),
      (network) => network.cut(),
    ]
    for (const harm of [...harms, ...harms]) {
      await progress(world, 10 + Math.floor(random() * 40))
      const network = world.networks[random() < 0.5 ? 0 : 1]
      harm(network)
      await someTime(1_500)
      network.heal()
      if (random() < 0.3) network.drop()
    }
    await progress(world, 50)
    await judge(world)
  })
})
