import { z } from 'zod'
import { instantSchema } from './ids.ts'
import { providerHealthSchema } from './payments-health.ts'

/**
 * Telemetry is no event: it is sampled, rolled up and may be dropped, visibly. Metric names are dotted paths with the
 * unit last where it is not obvious; a dimension is a segment (`machine.cpu.core.0.percent`).
 */
export const metrics = {
  cpu: 'machine.cpu.percent',
  cpuCore: (core: number) => `machine.cpu.core.${core}.percent`,
  load1: 'machine.load.1',
  memoryUsed: 'machine.memory.used.bytes',
  memoryTotal: 'machine.memory.total.bytes',
  memoryPercent: 'machine.memory.percent',
  swapUsed: 'machine.swap.used.bytes',
  diskPercent: (mount: string) => `machine.disk.${mount}.percent`,
  diskUsed: (mount: string) => `machine.disk.${mount}.used.bytes`,
  diskMaxPercent: 'machine.disk.max.percent',
  diskRead: 'machine.disk.read.bytes-per-second',
  diskWrite: 'machine.disk.write.bytes-per-second',
  networkReceived: 'machine.network.received.bytes-per-second',
  networkSent: 'machine.network.sent.bytes-per-second',
  processCount: 'machine.processes',
  uptime: 'machine.uptime.seconds',
  eventLoopDelayP99: 'process.event-loop.delay.p99.ms',
  eventLoopUtilisation: 'process.event-loop.utilisation.percent',
  heapUsed: 'process.heap.used.bytes',
  rss: 'process.rss.bytes',
  gcPause: 'process.gc.pause.ms-per-second',
  processCpu: 'process.cpu.percent',
  apiRate: 'api.requests.per-second',
  apiErrors: 'api.errors.per-second',
  apiErrorPercent: 'api.errors.percent',
  apiP50: 'api.latency.p50.ms',
  apiP95: 'api.latency.p95.ms',
  apiP99: 'api.latency.p99.ms',
  procedureRate: (procedure: string) => `api.procedure.${procedure}.per-second`,
  procedureErrors: (procedure: string) => `api.procedure.${procedure}.errors-per-second`,
  procedureP95: (procedure: string) => `api.procedure.${procedure}.p95.ms`,
  commandRate: 'log.commands.per-second',
  logSize: 'log.size',
  commitP95: 'log.commit.p95.ms',
  commitBatch: 'log.commit.batch.mean',
  storageBytes: 'storage.size.bytes',
  storageFreePages: 'storage.free-pages',
  walBytes: 'storage.wal.bytes',
  outboxDepth: 'outbox.depth',
  inboxDepth: 'inbox.depth',
  databaseConnections: 'database.connections',
  databaseConnectionsMax: 'database.connections.max',
  databaseBytes: 'database.size.bytes',
  databaseLocksWaiting: 'database.locks.waiting',
  databaseLatency: 'database.latency.ms',
  databaseReplicationLag: 'database.replication.lag.bytes',
  redisMemory: 'redis.memory.used.bytes',
  redisClients: 'redis.clients',
  redisLatency: 'redis.latency.ms',
  connections: 'link.connections',
  users: 'link.users',
  feedLagP95: 'feed.lag.p95.ms',
  feedDropped: 'feed.telemetry-dropped.per-second',
  /** Providers that are set up and can't be reached, or not with our keys. */
  paymentsAway: 'payments.providers.away',
  /** Payments that nobody knows the state of. */
  paymentsQuestions: 'payments.questions',
  paymentsErrors: (provider: string) => `payments.${provider}.errors.percent`,
} as const

/** One second's figures of one instance. */
export const sampleSchema = z.strictObject({
  at: instantSchema,
  instance: z.string().max(64),
  values: z.record(z.string().max(128), z.number()),
})
export type Sample = z.infer<typeof sampleSchema>

/** Seconds per point that are kept, finest first, and for how long: an hour, a day, 30 days. */
export const resolutions = [
  { seconds: 1, keepSeconds: 3_600 },
  { seconds: 10, keepSeconds: 86_400 },
  { seconds: 300, keepSeconds: 30 * 86_400 },
] as const

/** One metric over a range. Arrays have equal lengths; `null` marks a time with no data: 監視停止, never drawn over. */
export const seriesSchema = z.strictObject({
  metric: z.string(),
  min: z.array(z.number().nullable()),
  mean: z.array(z.number().nullable()),
  max: z.array(z.number().nullable()),
})
export type Series = z.infer<typeof seriesSchema>

export const rangeQuerySchema = z.strictObject({
  metrics: z.array(z.string().max(128)).min(1).max(32),
  instance: z.string().max(64).optional(),
  from: instantSchema,
  to: instantSchema,
})
export type RangeQuery = z.infer<typeof rangeQuerySchema>

export const rangeSchema = z.strictObject({
  /** Seconds per point, the finest kept that covers the range with at most 2,000 points. */
  resolution: z.int().min(1),
  at: z.array(instantSchema),
  series: z.array(seriesSchema),
})
export type Range = z.infer<typeof rangeSchema>

/** The database server behind several instances. `available: false`: it did not answer; everything else is then empty. */
export const databaseSchema = z.strictObject({
  available: z.boolean(),
  version: z.string(),
  /** Round trip of the smallest query, ms. */
  latency: z.number(),
  size: z.number(),
  connections: z.strictObject({ active: z.int(), idle: z.int(), waiting: z.int(), max: z.int() }),
  /** Who waits for whom, longest first. */
  locks: z.array(z.strictObject({ waiting: z.int(), blockedBy: z.array(z.int()), seconds: z.number() })),
  /**
   * Slowest on average first, from pg_stat_statements; where that extension is absent, those running longest now.
   * Texts are normalised: they hold no values.
   */
  statements: z.strictObject({
    source: z.enum(['statistics', 'running', 'none']),
    rows: z.array(z.strictObject({ text: z.string(), calls: z.int(), meanMs: z.number(), maxMs: z.number() })),
  }),
  /** Standbys that this server sends to, with how far each is behind; empty: none. */
  replication: z.array(z.strictObject({ name: z.string(), state: z.string(), lagBytes: z.number() })),
})
export type DatabaseInventory = z.infer<typeof databaseSchema>

/** Redis behind several instances. `available: false`: it did not answer; the instances then poll. */
export const redisSchema = z.strictObject({
  available: z.boolean(),
  version: z.string(),
  role: z.string(),
  latency: z.number(),
  memory: z.strictObject({ used: z.number(), max: z.number() }),
  clients: z.int(),
  streams: z.array(z.strictObject({ name: z.string(), length: z.int() })),
})
export type RedisInventory = z.infer<typeof redisSchema>

/** What is no number: sampled every five seconds, latest only. Lists say in `more` how many were left out. */
export const inventorySchema = z.strictObject({
  at: instantSchema,
  instance: z.string(),
  machine: z.strictObject({
    hostname: z.string(),
    os: z.string(),
    kernel: z.string(),
    cpu: z.string(),
    cores: z.int(),
  }),
  disks: z.array(z.strictObject({ mount: z.string(), type: z.string(), used: z.number(), size: z.number() })),
  networks: z.array(
    z.strictObject({ name: z.string(), address: z.string(), received: z.number(), sent: z.number(), up: z.boolean() }),
  ),
  processes: z.strictObject({
    more: z.int(),
    rows: z.array(z.strictObject({ pid: z.int(), name: z.string(), cpu: z.number(), memory: z.number() })),
  }),
  /** `available: false` where no Docker engine answers. */
  containers: z.strictObject({
    available: z.boolean(),
    rows: z.array(z.strictObject({ id: z.string(), name: z.string(), image: z.string(), state: z.string() })),
  }),
  procedures: z.array(
    z.strictObject({
      name: z.string(),
      requests: z.int(),
      errors: z.int(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
    }),
  ),
  /** Absent where the backend keeps everything in its own file, or has no Redis. */
  database: databaseSchema.optional(),
  redis: redisSchema.optional(),
  /** Payment providers, where the module runs. */
  payments: z.array(providerHealthSchema).max(16).optional(),
  clients: z.strictObject({
    more: z.int(),
    rows: z.array(
      z.strictObject({ operator: z.string(), client: z.string(), address: z.string(), since: instantSchema }),
    ),
  }),
})
export type Inventory = z.infer<typeof inventorySchema>
