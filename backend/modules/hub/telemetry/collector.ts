import os from 'node:os'
import { healthOf, isAway, type ProviderHealthRow } from '#protocol/payments-health.ts'
import { type DatabaseInventory, type Inventory, metrics, type RedisInventory } from '#protocol/telemetry.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { ModuleContext } from '../../../kernel/module.ts'
import type { Storage } from '../../../storage/port.ts'
import type { ConnectedClient } from '../../../transport/services.ts'
import type { ApiMeter } from './api-meter.ts'
import { createKernelValues } from './kernel-values.ts'
import type { Machine, ProcessTimes } from './machine.ts'
import { createMachineValues, diskValues } from './machine-values.ts'
import { databaseAway, databaseValues, redisAway, redisValues } from './server-values.ts'
import { createPoller, type Poller, type Source } from './source.ts'
import { watchOwnProcess } from './sources/own-process.ts'

export interface CollectorDeps {
  readonly machine: Machine
  readonly sizes: Storage['sizeBytes']
  readonly meter: ApiMeter
  readonly clients: () => readonly ConnectedClient[]
  /** undefined while the kernel is still being opened. */
  readonly kernel: () => Kernel | undefined
  readonly payments?: () => readonly ProviderHealthRow[] | undefined
  readonly log: ModuleContext['log']
  readonly database?: () => Promise<DatabaseInventory>
  readonly redis?: () => Promise<RedisInventory>
}

/** Asks every source at its own pace and puts the answers together. */
export interface Collector {
  /** Starts the readings that are due; resolves when the quick ones are in. */
  poll(now: number): Promise<void>
  values(now: number): Record<string, number>
  inventory(now: number, instance: string): Inventory
  stop(): void
}

const clientRowsBound = 200
/** Shorter than a tick, so that each tick finds it due. */
const fastMs = 200

const machineFacts = (osName: string): Inventory['machine'] => {
  const cpus = os.cpus()
  return {
    hostname: os.hostname(),
    os: osName,
    kernel: os.release(),
    cpu: cpus[0]?.model.trim() ?? '',
    cores: cpus.length,
  }
}

/** A tenth of a percent is as fine as anyone reads. */
const shortened = (row: ProcessTimes): ProcessTimes => ({ ...row, cpu: Math.round(row.cpu * 10) / 10 })

/** Only of providers that are set up: a deployment without any has no such figures. */
const paymentValues = (rows: readonly ProviderHealthRow[], now: number): Record<string, number> => {
  const used = rows.filter(({ settings }) => settings !== 'none')
  if (used.length === 0) return {}
  const errors = used.filter(({ calls }) => calls > 0)
  return {
    [metrics.paymentsAway]: used.filter((row) => isAway(healthOf(row, now))).length,
    [metrics.paymentsQuestions]: used.reduce((all, { questions }) => all + questions, 0),
    ...Object.fromEntries(
      errors.map(({ provider, calls, failures }) => [metrics.paymentsErrors(provider), (failures * 100) / calls]),
    ),
  }
}

const source = <T>(name: string, everyMs: number, timeOutMs: number, read: () => Promise<T>): Source<T> => ({
  name,
  everyMs,
  timeOutMs,
  read,
})

export const createCollector = (deps: CollectorDeps): Collector => {
  const { machine, meter } = deps
  const failed = (name: string): void => deps.log.warn('telemetry.source-failed', { source: name })
  const fast = createPoller(source('machine', fastMs, 800, machine.fast), failed)
  const disks = createPoller(source('disks', 5_000, 3_000, machine.disks), failed)
  const processes = createPoller(source('processes', 5_000, 4_000, machine.processes), failed)
  const containers = createPoller(source('containers', 5_000, 3_000, machine.containers), failed)
  const sizes = createPoller(source('storage', 5_000, 3_000, deps.sizes), failed)
  const osName = createPoller(source('os', 3_600_000, 10_000, machine.osName), failed)
  const database = deps.database && createPoller(source('database', 5_000, 4_000, deps.database), failed)
  const redis = deps.redis && createPoller(source('redis', 5_000, 4_000, deps.redis), failed)
  const servers = [database, redis].filter((poller) => poller !== undefined)
  const slow: readonly Poller<unknown>[] = [disks, processes, containers, sizes, osName, ...servers]
  const own = watchOwnProcess()
  const machineValues = createMachineValues()
  const kernelValues = createKernelValues()

  const storageValues = (now: number): Record<string, number> => {
    const size = sizes.latest(now)
    if (!size) return {}
    const { data, freePages, wal } = size
    return { [metrics.storageBytes]: data, [metrics.storageFreePages]: freePages, [metrics.walBytes]: wal }
  }
  const linkValues = (): Record<string, number> => {
    const clients = deps.clients()
    const users = new Set(clients.map((client) => client.operator)).size
    return { [metrics.connections]: clients.length, [metrics.users]: users }
  }
  const networkRows = (): Inventory['networks'] => {
    const addresses = os.networkInterfaces()
    return machineValues.networks().flatMap(({ name, received, sent }) => {
      const address = addresses[name]?.find((one) => one.family === 'IPv4') ?? addresses[name]?.[0]
      // Neither an address nor traffic: a place for an interface, not one in use.
      if (!address && received + sent === 0) return []
      const rates = { received: Math.round(received), sent: Math.round(sent) }
      return [{ name, address: address?.address ?? '', ...rates, up: address !== undefined }]
    })
  }

  return {
    poll: async (now) => {
      for (const poller of slow) void poller.poll(now)
      await fast.poll(now)
    },
    values: (now) => {
      const reading = fast.latest(now)
      const processCount = processes.latest(now)?.total
      const figures = deps.kernel()?.figures()
      return {
        ...(reading && machineValues.values(reading, now)),
        ...diskValues(disks.latest(now) ?? []),
        ...(processCount !== undefined && { [metrics.processCount]: processCount }),
        ...own.values(),
        ...meter.values(now),
        ...(figures && kernelValues(figures, now)),
        ...storageValues(now),
        ...databaseValues(database?.latest(now)),
        ...redisValues(redis?.latest(now)),
        ...linkValues(),
        ...paymentValues(deps.payments?.() ?? [], now),
      }
    },
    inventory: (now, instance) => {
      const clients = deps.clients()
      const running = processes.latest(now)
      const rows = running?.rows ?? []
      const providers = deps.payments?.()
      return {
        at: now,
        instance,
        machine: machineFacts(osName.latest(now) ?? ''),
        disks: [...(disks.latest(now) ?? [])],
        networks: networkRows(),
        processes: { more: Math.max(0, (running?.total ?? 0) - rows.length), rows: rows.map(shortened) },
        containers: containers.latest(now) ?? { available: false, rows: [] },
        procedures: meter.procedures(now),
        ...(database && { database: database.latest(now) ?? databaseAway }),
        ...(redis && { redis: redis.latest(now) ?? redisAway }),
        ...(providers && { payments: [...providers] }),
        clients: {
          more: Math.max(0, clients.length - clientRowsBound),
          rows: clients.slice(0, clientRowsBound).map((client) => ({ ...client })),
        },
      }
    },
    stop: own.stop,
  }
}
