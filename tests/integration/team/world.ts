import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Storage } from '#backend/storage/port.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import type { Target } from '#main/link/desk.ts'
import { redeemAs } from '#tests/fixtures/client/session.ts'
import { freePort } from '#tests/fixtures/servers/free-port.ts'
import type { PostgresServer } from '#tests/fixtures/servers/postgres.ts'
import { startTcpProxy, type TcpProxy } from '#tests/fixtures/servers/tcp-proxy.ts'
import { canonicalText } from '#trust/canonical.ts'
import { recount, servedRows, tableText } from '../kernel/replay.ts'
import { collectionsToCompare, live, picture, type TestDesk, testDesk } from '../replica/desks.ts'
import { type StandaloneProcess, startStandalone } from '../transport/standalone-process.ts'
import { type Desk, type Ledger, startDesk, watched } from './desk.ts'

export const desksCount = 20
/** What clients of a killed instance may be away, and what the want of Redis may add to everybody's wait. */
export const promisedMs = 5_000

/** One backend in a process of its own, with a network of its own to the database. */
export interface Instance {
  readonly address: string
  readonly network: TcpProxy
  process: StandaloneProcess
  start(): Promise<void>
  kill(): Promise<void>
}

/** Two instances over PostgreSQL and Redis, twenty desks that send commands to them, and two real ones that watch. */
export interface TeamWorld {
  readonly instances: readonly [Instance, Instance]
  readonly desks: readonly Desk[]
  readonly ledger: Ledger
  /** Waits until so many more commands are acknowledged. */
  progress(more: number): Promise<void>
  /** One log, one root, each command once, and every replica the same as the database. */
  judge(): Promise<void>
  close(): Promise<void>
}

export const until = async (holds: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (const end = performance.now() + 120_000; !(await holds()); await pause(20)) {
    if (performance.now() > end) throw new Error(`it never came to be: ${what}`)
  }
}

export interface WorldOptions {
  readonly postgres: PostgresServer
  readonly redisUrl: string
  /** Holds the key file and the instances' folders. */
  readonly folder: string
  readonly random: () => number
}

export const openTeam = async ({ postgres, redisUrl, folder, random }: WorldOptions): Promise<TeamWorld> => {
  const database = await postgres.createDatabase()
  const name = new URL(database).pathname.slice(1)
  const cleanups: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  const open = async (instance: string): Promise<Instance> => {
    const address = `127.0.0.1:${await freePort()}`
    const network = await startTcpProxy(postgres.port)
    cleanups.push(network.close)
    const env = {
      LIBRAL_DATABASE_URL: database.replace(`:${postgres.port}/`, `:${network.port}/`),
      LIBRAL_REDIS_URL: redisUrl,
      LIBRAL_REDIS_PREFIX: name,
      LIBRAL_LOG_KEY_FILE: join(folder, `${name}.keys`),
      LIBRAL_INSTANCE: instance,
    }
    const start = () => startStandalone(join(folder, `${name}-${instance}`), ['--listen', address], env)
    const made: Instance = {
      ...{ address, network, process: await start() },
      start: async () => {
        made.process = await start()
      },
      kill: async () => {
        made.process.process.kill('SIGKILL')
        await made.process.exited
      },
    }
    cleanups.push(async () => {
      if (made.process.process.exitCode === null && made.process.process.signalCode === null) await made.kill()
    })
    return made
  }
  try {
    const instances: readonly [Instance, Instance] = [await open('east'), await open('west')]
    const addresses = instances.map(({ address }) => address)
    const { session, token } = await redeemAs(instances[0].address, instances[0].process.code)
    await session.close()
    const ledger: Ledger = { acknowledged: new Map(), wrong: [] }
    const real = await Promise.all(
      instances.map(({ address }, nth) => watch(join(folder, `${name}-desk-${nth}`), address, addresses, token)),
    )
    cleanups.push(...real.map((desk) => desk.close))
    const desks = await Promise.all(
      Array.from({ length: desksCount }, (_, nth) => startDesk(nth, addresses, token, ledger, random)),
    )
    cleanups.push(() => Promise.all(desks.map((desk) => desk.leave())))
    return {
      ...{ instances, desks, ledger, close },
      progress: async (more) => {
        const from = ledger.acknowledged.size
        await until(() => ledger.acknowledged.size >= from + more || ledger.wrong.length > 0, `${more} more commands`)
      },
      judge: async () => {
        await Promise.all(desks.map((desk) => desk.calm()))
        const storage = await openPostgres({ engine: 'postgres', url: database })
        try {
          await judge(storage, ledger, desks, real)
        } finally {
          await storage.close()
        }
      },
    }
  } catch (failure) {
    await close()
    throw failure
  }
}

/** A desktop's own link and replica; its home is tried first. */
const watch = async (
  directory: string,
  home: string,
  addresses: readonly string[],
  secret: string,
): Promise<TestDesk> => {
  const targetOf = (address: string): Target => ({ kind: 'address', url: `ws://${address}`, pin: null })
  const others = addresses.filter((address) => address !== home).map(targetOf)
  const desk = await testDesk(directory)
  desk.connect({ targets: [targetOf(home), ...others], credential: { method: 'token', secret }, identity: null })
  await until(() => live(desk.state()), 'a real desk is live')
  return desk
}

const judge = async (
  storage: Storage,
  ledger: Ledger,
  desks: readonly Desk[],
  real: readonly TestDesk[],
): Promise<void> => {
  expect(ledger.wrong).toEqual([])
  const { size, ids, root, headRoot, leaves } = await recount({ storage })
  expect(leaves).toBe(size)
  expect(root).toBe(headRoot)
  expect([...ids.values()].every((count) => count === 1)).toBe(true)
  const stored = await storage.entries.byIds([...ledger.acknowledged.keys()] as never)
  for (const [id, index] of ledger.acknowledged) expect(stored.get(id as never)?.index, id).toBe(index)

  const served = tableText(await servedRows(storage, watched))
  expect(served.length).toBe(ledger.acknowledged.size)
  await until(() => desks.every(({ model }) => model.whole(size)), 'replicas are whole')
  for (const { model } of desks) {
    expect(model.wrong).toEqual([])
    expect(tableText(model.tables.get(watched)?.rows ?? new Map())).toEqual(served)
  }
  // What the backends record of themselves goes on: looked at until one look finds both the same.
  for (const desk of real) {
    let seen: Record<string, readonly string[]> = {}
    let wanted: Record<string, readonly string[]> = {}
    const same = async (): Promise<boolean> => {
      const [before, shown] = [await pictureOf(storage), await picture(desk)]
      wanted = before
      seen = Object.fromEntries(Object.entries(shown).map(([name, rows]) => [name, rows.map(canonicalText).sort()]))
      return JSON.stringify(seen) === JSON.stringify(wanted)
    }
    await until(same, 'a real desk shows what the database has').catch(() => expect(seen).toEqual(wanted))
  }
}

/** What the database serves of every collection that desks show. */
const pictureOf = async (storage: Storage): Promise<Record<string, readonly string[]>> => {
  const all = collectionsToCompare.map(async (name) => {
    const rows = await servedRows(storage, name)
    return [name, [...rows.values()].map(canonicalText).sort()] as const
  })
  return Object.fromEntries(await Promise.all(all))
}
