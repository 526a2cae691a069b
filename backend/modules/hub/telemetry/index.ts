import type { ProviderHealthRow } from '#protocol/payments-health.ts'
import type { Inventory, Range, RangeQuery, RedisInventory, Sample } from '#protocol/telemetry.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { ModuleContext } from '../../../kernel/module.ts'
import type { Storage } from '../../../storage/port.ts'
import type { ConnectedClient, MeteredCall } from '../../../transport/services.ts'
import { createApiMeter } from './api-meter.ts'
import { type Collector, createCollector } from './collector.ts'
import { createHistory, type History } from './history.ts'
import type { Machine } from './machine.ts'
import { createOthersFigures, type TelemetryFrame, type TelemetryRelay } from './relay.ts'
import { createLinux } from './sources/linux.ts'
import { createOtherSystem } from './sources/other-systems.ts'

export interface TelemetryDeps {
  readonly instance: string
  readonly now: () => number
  readonly storage: Pick<Storage, 'telemetry' | 'sizeBytes' | 'inspect'>
  readonly redis?: () => Promise<RedisInventory>
  readonly relay?: TelemetryRelay
  readonly kernel: () => Kernel | undefined
  /** How the payment providers fare; undefined while that module does not run. */
  readonly payments?: () => readonly ProviderHealthRow[] | undefined
  /** The machine to watch; this one unless a test says otherwise. */
  readonly machine?: Machine
}

/** One sampler for this process; it outlives restarts of its module, so that the last hour stays in memory. */
export interface Telemetry {
  /** Samples each second until the disposer is called, which also writes what is gathered. */
  start(context: Pick<ModuleContext, 'log' | 'crashed'>): Promise<() => Promise<void>>
  meter(call: MeteredCall): void
  /** Where the connected clients can be asked for. */
  clients(connected: () => readonly ConnectedClient[]): void
  range(query: RangeQuery): Promise<Range>
  readonly inventory: () => Inventory | null
  /** The latest of each instance heard of in the last half minute, this one first. */
  readonly inventories: () => readonly Inventory[]
  readonly latest: () => Sample | null
  onSample(listener: (sample: Sample) => void): () => void
}

const secondMs = 1_000
const inventoryEvery = 5
const flushEvery = 10
const sweepEvery = 600
/** Seconds by which a clock must go back to count as set back. */
const setBack = 5
/** A tick may come this early and still be that second's. */
const earlyMs = 50

/** Shorter on the wire and in the store, and still finer than anyone reads. */
const rounded = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => Number.isFinite(value))
      .map(([metric, value]) => [metric, Math.round(value * 1_000) / 1_000]),
  )

const ownMachine = async (): Promise<Machine> => (process.platform === 'linux' ? createLinux() : createOtherSystem())

/** Calls `tick` at the start of each second; a second in which the process could not run is left out. */
const everySecond = (now: () => number, tick: (second: number) => void): (() => void) => {
  let timer: NodeJS.Timeout
  const next = (): void => {
    timer = setTimeout(
      () => {
        next()
        tick(Math.floor((now() + earlyMs) / secondMs))
      },
      secondMs - ((now() + earlyMs) % secondMs) + earlyMs,
    )
  }
  next()
  return () => clearTimeout(timer)
}

export const createTelemetry = (deps: TelemetryDeps): Telemetry => {
  const { instance } = deps
  const history: History = createHistory(deps.storage.telemetry, instance)
  const meter = createApiMeter()
  const listeners = new Set<(sample: Sample) => void>()
  const others = createOthersFigures(instance, (frame) => deps.kernel()?.feed.publish(frame))
  let connected: () => readonly ConnectedClient[] = () => []
  let latest: Sample | null = null
  let inventory: Inventory | null = null

  const publish = (second: number, collector: Collector): void => {
    const sample = { at: second * secondMs, instance, values: rounded(collector.values(deps.now())) }
    latest = sample
    history.add(sample)
    for (const listener of listeners) listener(sample)
    const told = (frame: TelemetryFrame): void => {
      deps.kernel()?.feed.publish(frame)
      deps.relay?.publish(frame)
    }
    told({ t: 'sample', sample, dropped: 0 })
    if (second % inventoryEvery !== 0 && inventory) return
    inventory = collector.inventory(deps.now(), instance)
    told({ t: 'inventory', inventory })
  }

  const start: Telemetry['start'] = async ({ log, crashed }) => {
    const machine = deps.machine ?? (await ownMachine())
    const collector = createCollector({
      machine,
      sizes: () => deps.storage.sizeBytes(),
      meter,
      clients: () => connected(),
      kernel: deps.kernel,
      ...(deps.payments && { payments: deps.payments }),
      log,
      ...(deps.storage.inspect && { database: deps.storage.inspect }),
      ...(deps.redis && { redis: deps.redis }),
    })
    await history.restore(deps.now())
    // A first reading to measure from, so that the first second has its rates.
    void collector.poll(deps.now()).then(() => collector.values(deps.now()))
    const unwritten = (): void => log.warn('telemetry.unwritten')
    let sampling = true
    let lastSecond = -1
    const tick = async (second: number): Promise<void> => {
      // Twice in one second; a clock that was set back by more than a little begins anew.
      if (second <= lastSecond && second > lastSecond - setBack) return
      lastSecond = second
      await collector.poll(deps.now())
      if (!sampling) return
      publish(second, collector)
      if (second % flushEvery === 0) await history.flush().catch(unwritten)
      if (second % sweepEvery === 0) await history.sweep(deps.now()).catch(unwritten)
    }
    const unfollow = deps.relay?.subscribe(others.hear, deps.now)
    const stopTicking = everySecond(deps.now, (second) => void tick(second).catch(crashed))
    return async () => {
      sampling = false
      stopTicking()
      unfollow?.()
      collector.stop()
      await history.close().catch(unwritten)
    }
  }

  return {
    start,
    meter: (call) => meter.record(call, deps.now()),
    clients: (ask) => {
      connected = ask
    },
    range: (query) => history.range(query, deps.now()),
    inventory: () => inventory,
    inventories: () => (inventory ? [inventory, ...others.inventories(deps.now())] : others.inventories(deps.now())),
    latest: () => latest,
    onSample: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
