import { type DatabaseInventory, metrics, type RedisInventory } from '#protocol/telemetry.ts'

/** What stands for a server that does not answer. */
export const databaseAway: DatabaseInventory = {
  available: false,
  version: '',
  latency: 0,
  size: 0,
  connections: { active: 0, idle: 0, waiting: 0, max: 0 },
  locks: [],
  statements: { source: 'none', rows: [] },
  replication: [],
}
export const redisAway: RedisInventory = {
  available: false,
  version: '',
  role: '',
  latency: 0,
  memory: { used: 0, max: 0 },
  clients: 0,
  streams: [],
}

/** No figures rather than zeros while it does not answer: a chart shows a gap. */
export const databaseValues = (found: DatabaseInventory | undefined): Record<string, number> => {
  if (!found?.available) return {}
  const { active, idle, waiting, max } = found.connections
  const lags = found.replication.map(({ lagBytes }) => lagBytes)
  return {
    [metrics.databaseConnections]: active + idle + waiting,
    [metrics.databaseConnectionsMax]: max,
    [metrics.databaseBytes]: found.size,
    [metrics.databaseLocksWaiting]: found.locks.length,
    [metrics.databaseLatency]: found.latency,
    ...(lags.length > 0 && { [metrics.databaseReplicationLag]: Math.max(...lags) }),
  }
}

export const redisValues = (found: RedisInventory | undefined): Record<string, number> =>
  found?.available
    ? {
        [metrics.redisMemory]: found.memory.used,
        [metrics.redisClients]: found.clients,
        [metrics.redisLatency]: found.latency,
      }
    : {}
