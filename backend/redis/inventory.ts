import type { RedisInventory } from '#protocol/telemetry.ts'
import { redisAway } from '../modules/hub/telemetry/server-values.ts'
import type { Calls } from './link.ts'

/** `name:value` lines of INFO (https://redis.io/docs/latest/commands/info/). */
export const parseInfo = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1)] as const
      }),
  )

const numberOf = (info: ReadonlyMap<string, string>, name: string): number => {
  const value = Number(info.get(name))
  return Number.isFinite(value) ? value : 0
}

/** What Redis says of itself now. */
export const inventoryOf = async (calls: Calls, streams: readonly string[]): Promise<RedisInventory> => {
  try {
    const began = performance.now()
    await calls.run((client) => client.ping())
    const latency = performance.now() - began
    const [text, ...lengths] = await calls.run((client) =>
      Promise.all([client.info(), ...streams.map((name) => client.xLen(name))]),
    )
    const info = parseInfo(text)
    return {
      available: true,
      version: info.get('redis_version') ?? '',
      role: info.get('role') ?? '',
      latency,
      memory: { used: numberOf(info, 'used_memory'), max: numberOf(info, 'maxmemory') },
      clients: numberOf(info, 'connected_clients'),
      streams: streams.map((name, nth) => ({ name, length: Number(lengths[nth] ?? 0) })),
    }
  } catch {
    return redisAway
  }
}
