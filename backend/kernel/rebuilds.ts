import type { CollectionDefinition } from '#protocol/collection.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Writer } from '../storage/port.ts'
import type { KernelLog } from './module-context.ts'
import { type RebuildDeps, rebuild } from './rebuild.ts'
import { collectionOf } from './registry.ts'
import type { Shadow } from './served.ts'
import { traceOf } from './trace.ts'

export interface RebuildsDeps extends Omit<RebuildDeps, 'stopped'> {
  readonly log: KernelLog
}

/** The rebuilds under way, one at a time for each collection. */
export interface Rebuilds {
  run(shadow: Shadow): Promise<void>
  /** Begins a new epoch on demand, while the served one goes on. @throws LibralError `collection.unknown` */
  renew(collection: string): Promise<void>
  /** Waits until a collection that is being filled can be read; false when nothing fills it, or that failed. */
  settled(collection: string): Promise<boolean>
  onRebuilt(listener: (collection: string, epoch: number) => void): () => void
  stop(): Promise<void>
}

export const createRebuilds = (deps: RebuildsDeps): Rebuilds => {
  const running = new Map<string, Promise<void>>()
  const listeners = new Set<(collection: string, epoch: number) => void>()
  /** Swaps before anyone listened: the first listener hears of them. */
  let untold: (readonly [collection: string, epoch: number])[] = []
  let stopped = false

  const fill = async (shadow: Shadow): Promise<void> => {
    const { name } = shadow.collection
    const swapped = await rebuild(shadow, { ...deps, stopped: () => stopped })
    if (!swapped) throw new LibralError('link.offline')
    deps.log.info('kernel.rebuilt', { collection: name, epoch: shadow.epoch })
    if (listeners.size === 0) untold.push([name, shadow.epoch])
    for (const listener of listeners) listener(name, shadow.epoch)
  }
  const once = (name: string, work: () => Promise<void>): Promise<void> => {
    const under = running.get(name)
    if (under) return under
    const started = work()
      .catch((thrown: unknown) => {
        if (!stopped) deps.log.error('kernel.rebuild-failed', { collection: name, ...traceOf(thrown) })
        throw thrown
      })
      .finally(() => running.delete(name))
    running.set(name, started)
    return started
  }
  return {
    run: (shadow) => once(shadow.collection.name, () => fill(shadow)),
    renew: async (name) => {
      const collection = collectionOf(deps.registry, name)
      await once(name, async () => {
        const epoch = await deps.writer.run((writer) => beginEpoch(writer, collection))
        await fill({ collection, epoch, projected: 0 })
      })
    },
    settled: async (name) => {
      const filled = running.get(name)?.then(() => true)
      return (await filled?.catch(() => false)) ?? false
    },
    onRebuilt: (listener) => {
      listeners.add(listener)
      for (const [collection, epoch] of untold) listener(collection, epoch)
      untold = []
      return () => listeners.delete(listener)
    },
    stop: async () => {
      stopped = true
      await Promise.allSettled(running.values())
    },
  }
}

/** One that is being filled already, perhaps by another instance, will do. */
const beginEpoch = async (writer: Writer, { name, version }: CollectionDefinition): Promise<number> => {
  const epochs = (await writer.collections()).filter((stored) => stored.name === name)
  const newest = epochs.at(-1)
  if (newest && !newest.ready && newest.version === version) return newest.epoch
  const epoch = (newest?.epoch ?? 0) + 1
  await writer.putCollection({ name, version, epoch, projected: 0, ready: false })
  return epoch
}
