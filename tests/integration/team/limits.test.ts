import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { attemptLimits, createAttempts } from '#backend/modules/session/attempts.ts'
import { parseRedisUrl, type RedisAddress } from '#backend/redis/address.ts'
import { openRedis, type Redis } from '#backend/redis/index.ts'
import { createBudget } from '#backend/transport/budget.ts'
import { hasRedis, type RedisServer, startRedis } from '#tests/fixtures/servers/redis.ts'

/** Far longer than the test takes: no window ends meanwhile. */
const seconds = 3_600
const points = 100

describe.skipIf(!hasRedis)('limits of two instances over one Redis', () => {
  let server: RedisServer
  let instances: Redis[]
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  beforeAll(async () => {
    server = await startRedis()
    const open = () => openRedis({ address: parseRedisUrl(server.url) as RedisAddress, prefix: 'test', log })
    instances = [open(), open()]
    await vi.waitFor(async () => {
      for (const instance of instances) expect((await instance.inventory()).available).toBe(true)
    }, 60_000)
  })
  afterAll(async () => {
    for (const instance of instances ?? []) await instance.close()
    await server?.close()
  })

  /** How many of these calls pass, asked of the instances in turn. */
  const passed = async (name: string, calls: number): Promise<number> => {
    const budgets = instances.map(({ limiters }) =>
      createBudget(limiters({ name, points, seconds }), { points, seconds }),
    )
    let count = 0
    for (let nth = 0; nth < calls; nth++) {
      try {
        await budgets[nth % budgets.length]?.spend('suzuki')
        count++
      } catch {
        // Used up.
      }
    }
    return count
  }

  test('let one person call as often as one limit says, not once for each instance', async () => {
    expect(await passed('calls', 3 * points)).toBe(points)
  })

  test('count wrong sign-ins of an address together, and leave others alone', async () => {
    const [east, west] = instances.map(({ limiters }) => createAttempts(attemptLimits, limiters))
    for (let nth = 0; nth < attemptLimits.failures; nth++) await (nth % 2 === 0 ? east : west)?.failed('203.0.113.9')
    for (const instance of [east, west]) {
      await expect(instance?.check('203.0.113.9')).rejects.toMatchObject({ code: 'session.too-many-attempts' })
      await instance?.check('203.0.113.10')
    }
  })

  test('hold on each instance by itself while Redis is away', async () => {
    await server.kill()
    expect(await passed('alone', 3 * points)).toBe(2 * points)
    await server.start()
  })
})
