import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseRedisUrl } from '#backend/redis/address.ts'
import { openRedis, type Redis } from '#backend/redis/index.ts'
import type { Wakeups } from '#backend/storage/port.ts'
import { startRefusingRedis } from '#tests/fakes/redis.ts'
import { hasRedis, type RedisServer, startRedis, tellRedis } from '#tests/fixtures/servers/redis.ts'
import { type RedisGroup, startRedisGroup } from '#tests/fixtures/servers/redis-group.ts'
import { startTcpProxy } from '#tests/fixtures/servers/tcp-proxy.ts'

const until = async (holds: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (const end = performance.now() + 120_000; !(await holds()); await pause(20)) {
    if (performance.now() > end) throw new Error(`it never came to be: ${what}`)
  }
}

/** The way of wake-ups that is there in any case: counts what is told by it. */
const otherWay = () => {
  const told: number[] = []
  const wakeups: Wakeups = { publish: (size) => told.push(size), subscribe: () => () => undefined }
  return { told, wakeups }
}

describe.skipIf(!hasRedis)('what instances share through Redis', () => {
  let server: RedisServer
  const cleanups: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(() => server?.close())

  /** An instance's end of it: what it hears, what it says by the other way, and what it logs. */
  const open = (url = server.url, prefix = 'shared') => {
    const address = parseRedisUrl(url)
    if (!address) throw new Error('no address')
    const logged: string[] = []
    const note = (event: string, fields: object = {}): void => {
      logged.push([event, ...Object.values(fields)].join(' '))
    }
    const log = { debug: note, info: note, warn: note, error: note }
    const redis: Redis = openRedis({ address, prefix, log })
    cleanups.push(() => redis.close())
    const other = otherWay()
    const wakeups = redis.wakeups(other.wakeups)
    const heard: number[] = []
    const frames: unknown[] = []
    wakeups.subscribe((size) => heard.push(size))
    const figures: unknown[] = []
    const relay = redis.relay({ publish: (frame) => figures.push(frame), subscribe: () => () => undefined })
    relay.subscribe((frame) => frames.push(frame), Date.now)
    return { redis, wakeups, relay, heard, frames, figures, logged, told: other.told }
  }
  /** Both hear each other by Redis. */
  const together = async (one: ReturnType<typeof open>, other: ReturnType<typeof open>): Promise<void> => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const size = Math.floor(Math.random() * 1e9)
      await until(() => {
        from.wakeups.publish(size)
        return to.heard.includes(size)
      }, 'a wake-up by Redis')
    }
  }

  test('wake-ups and figures reach the others, and not who told them', async () => {
    const [east, west] = [open(), open()]
    await together(east, west)
    east.heard.length = 0
    east.wakeups.publish(77)
    const sample = { t: 'sample', sample: { at: 1, instance: 'east', values: {} }, dropped: 0 } as const
    east.relay.publish(sample as never)
    await until(() => west.heard.includes(77) && west.frames.length > 0, 'west hears')
    expect(west.frames).toEqual([sample])
    expect(east.heard).not.toContain(77)
    expect(east.frames).toEqual([])
    expect(east.told).not.toContain(77)
  })

  test('what is garbage in a stream is passed over, and reading goes on', async () => {
    const [east, west] = [open(server.url, 'garbage'), open(server.url, 'garbage')]
    await together(east, west)
    const before = west.heard.length
    for (const line of ['size many', 'size 1e400', 'size -', 'nothing here', 'size 1.5']) {
      expect(await tellRedis(server, `XADD garbage:head * ${line}`)).not.toContain('-ERR')
    }
    for (const line of ['frame {', 'frame 7', 'size 3', 'frame [1]'])
      await tellRedis(server, `XADD garbage:figures * ${line}`)
    await together(east, west)
    expect(west.heard.slice(before).every(Number.isSafeInteger)).toBe(true)
    // Read as text; who takes figures up checks their shape.
    expect(west.frames).toEqual([undefined, 7, [1]])
  })

  test('a name that holds something else costs the streams and nothing more', async () => {
    await tellRedis(server, 'SET taken:head x')
    const east = open(server.url, 'taken')
    const limiter = east.redis.limiters({ name: 'calls', points: 2, seconds: 60 })
    await until(() => east.logged.includes('redis.streams-refused WRONGTYPE'), 'the refusal is told')
    east.wakeups.publish(5)
    await until(() => east.told.includes(5), 'the other way is taken')
    await limiter.consume('me')
    expect(await tellRedis(server, 'EXISTS taken:limit:calls:me')).toContain(':1')
    await tellRedis(server, 'DEL taken:head')
    await together(east, open(server.url, 'taken'))
    expect(east.logged).toEqual(['redis.streams-refused WRONGTYPE'])
  })

  test('limits are counted over all, by each alone while Redis is away, and over all again', async () => {
    const own = await startRedis()
    cleanups.push(own.close)
    const [east, west] = [open(own.url), open(own.url)]
    await together(east, west)
    const [one, other] = [east, west].map(({ redis }) => redis.limiters({ name: 'calls', points: 4, seconds: 600 }))
    await one?.consume('me', 3)
    await other?.consume('me', 1)
    await expect(other?.consume('me', 1)).rejects.toMatchObject({ remainingPoints: 0 })
    await tellRedis(own, 'SCRIPT FLUSH')
    await expect(one?.consume('me', 1)).rejects.toMatchObject({ remainingPoints: 0 })
    await own.kill()
    // Nothing is known here of what was counted there, and nobody is locked out for it.
    await one?.consume('me', 3)
    await one?.consume('me', 1)
    await expect(one?.consume('me', 1)).rejects.toMatchObject({ remainingPoints: 0 })
    expect(await east.redis.firstUse('ticket', 30)).toBeUndefined()
    await own.start()
    await together(east, west)
    await expect(one?.consume('me', 1)).rejects.toMatchObject({ remainingPoints: 0 })
    expect(await east.redis.firstUse('ticket', 30)).toBe(true)
    expect(await west.redis.firstUse('ticket', 30)).toBe(false)
    expect(east.logged).toEqual([expect.stringMatching(/^redis\.away /), 'redis.back'])
  })

  test('a cut costs a quarter of a second, then nothing, and is told once', async () => {
    const network = await startTcpProxy(server.port)
    cleanups.push(network.close)
    const east = open(server.url.replace(`:${server.port}`, `:${network.port}`), 'cut')
    const west = open(server.url, 'cut')
    await together(east, west)
    network.cut()
    for (let size = 1; size <= 5; size++) {
      east.wakeups.publish(size)
      await until(() => east.told.includes(size), 'the other way is taken')
    }
    await until(() => east.logged.length > 0, 'the loss is told')
    const began = performance.now()
    for (let size = 6; size <= 50; size++) {
      east.wakeups.publish(size)
      await until(() => east.told.includes(size), 'the other way is taken')
    }
    console.info(`45 wake-ups by the other way took ${Math.round(performance.now() - began)} ms`)
    expect(east.logged).toHaveLength(1)
    network.heal()
    await together(east, west)
    expect(east.logged).toHaveLength(2)
  })

  test('a wrong password is told in the words of Redis', async () => {
    const east = open(server.url.replace(/:[0-9a-f]+@/, ':wrong@'))
    east.wakeups.publish(9)
    await until(() => east.told.includes(9), 'the other way is taken')
    await until(() => east.logged.includes('redis.away WRONGPASS'), 'the refusal is told')
    expect(await east.redis.inventory()).toMatchObject({ available: false })
    east.relay.publish({ t: 'sample', sample: { at: 1, instance: 'east', values: {} }, dropped: 0 })
    expect(east.figures).toHaveLength(1)
  })

  test.each([
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'NOSCRIPT No matching script.',
    'MISCONF Errors writing to the AOF file',
    'OOM command not allowed',
    'NOPERM this user has no permissions',
  ])('a server that answers %j is done without', async (error) => {
    const refusing = await startRefusingRedis(error)
    cleanups.push(refusing.close)
    const east = open(refusing.url)
    const limiter = east.redis.limiters({ name: 'calls', points: 2, seconds: 60 })
    await until(() => east.logged.length > 0, 'the refusal is told')
    expect(east.logged[0]).toBe(`redis.streams-refused ${error.split(' ')[0]}`)
    east.wakeups.publish(11)
    await until(() => east.told.includes(11), 'the other way is taken')
    await limiter.consume('me', 2)
    await expect(limiter.consume('me')).rejects.toMatchObject({ remainingPoints: 0 })
    expect(await east.redis.firstUse('ticket', 30)).toBeUndefined()
    expect(await east.redis.inventory()).toMatchObject({ available: false })
  })

  test('a server that became a replica behind its address is left until it is a primary again', async () => {
    const [one, other] = [await startRedis(), await startRedis()]
    cleanups.push(one.close, other.close)
    const [east, west] = [open(one.url), open(one.url)]
    await together(east, west)
    await tellRedis(one, `REPLICAOF 127.0.0.1 ${other.port}`)
    east.wakeups.publish(13)
    await until(() => east.told.includes(13), 'the other way is taken')
    await until(() => east.logged.length > 0, 'the loss is told')
    await tellRedis(one, 'REPLICAOF NO ONE')
    await together(east, west)
  })

  describe('behind sentinels', () => {
    let group: RedisGroup
    beforeAll(async () => {
      group = await startRedisGroup()
    })
    afterAll(() => group?.close())

    test('follow the primary when it is killed, and when it is frozen, with a sentinel dead', async () => {
      const [east, west] = [open(group.url), open(group.url)]
      await together(east, west)
      await group.sentinels[0]?.kill()
      const [first, second] = group.servers
      const measure = async (what: string, harm: () => unknown): Promise<void> => {
        const began = performance.now()
        await harm()
        await until(() => east.logged.at(-1)?.startsWith('redis.away') === true, 'the loss is told')
        const size = 1_000 + east.told.length
        east.wakeups.publish(size)
        await until(() => east.told.includes(size), 'the other way is taken')
        await together(east, west)
        console.info(`${what}: wake-ups pass by Redis again after ${Math.round(performance.now() - began)} ms`)
      }
      await measure('primary killed', first.kill)
      await first.start()
      await until(
        async () => (await tellRedis(first, 'INFO replication')).includes('master_link_status:up'),
        'it follows',
      )
      await group.sentinels[0]?.start()
      await measure('primary frozen', second.pause)
      second.resume()
      await together(east, west)
    })

    test('a name that no sentinel knows is told', async () => {
      const east = open(group.url.replace('/libral-test', '/unheard'))
      await until(() => east.logged.length > 0, 'it is told')
      expect(east.logged).toEqual(['redis.away sentinels: unknown-name'])
    })
  })
})
