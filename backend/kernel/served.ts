import type { CollectionDefinition } from '#protocol/collection.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Storage, StoredCollection, Writer } from '../storage/port.ts'
import type { OneWriter } from './writer.ts'

/** Which epoch of each collection is served, as the last transaction left it. */
export interface Served {
  readonly epochOf: (collection: string) => number | undefined
  swap(collection: string, epoch: number): void
  /** `collections` of the head that memory is true to. */
  readonly generation: () => number
  /**
   * Takes over what other instances changed; an older answer than memory has is left. Answers the collections of which
   * another epoch is served now. @throws LibralError `storage.newer-version` when a newer build has begun to write here:
   * its collections would miss what this one projects
   */
  refresh(stored: readonly StoredCollection[], generation: number): readonly string[]
}

/** An epoch that is being filled from the entries, from `projected` on. */
export interface Shadow {
  readonly collection: CollectionDefinition
  readonly epoch: number
  readonly projected: number
}

export interface OpenedCollections {
  readonly served: Served
  readonly shadows: readonly Shadow[]
  /** Deletes the rows of epochs that nobody serves or fills; long, so it runs beside the commands. */
  readonly dropStale: () => Promise<void>
}

/**
 * Compares what this build defines with what is stored. `ready` means: projected up to the head by every commit. A
 * collection of another version is ready no more from here on, since commits no longer project into it; its rows go and
 * a new epoch is filled. An epoch number is never used twice, so that no old cursor fits.
 */
export const openCollections = async (
  storage: Storage,
  writer: OneWriter,
  definitions: Iterable<CollectionDefinition>,
): Promise<OpenedCollections> => {
  const known = [...definitions]
  const { served, shadows, stale, generation } = await writer.run((transaction) => plan(transaction, known))
  return {
    served: createServed(known, served, generation),
    shadows,
    dropStale: async () => {
      for (const { name, epoch } of stale) await storage.dropEpoch(name, epoch)
    },
  }
}

const plan = async (transaction: Writer, definitions: readonly CollectionDefinition[]) => {
  const served = new Map<string, number>()
  const shadows: Shadow[] = []
  const stale: StoredCollection[] = []
  const stored = await transaction.collections()
  const { size } = await transaction.head()
  for (const collection of definitions) {
    const epochs = stored.filter(({ name }) => name === collection.name).sort((one, other) => other.epoch - one.epoch)
    const wanted = planFor(collection, epochs, size)
    for (const change of wanted.put) await transaction.putCollection(change)
    if (wanted.served !== undefined) served.set(collection.name, wanted.served)
    if (wanted.shadow) shadows.push(wanted.shadow)
    stale.push(...epochs.filter(({ epoch }) => epoch !== wanted.served && epoch !== wanted.shadow?.epoch))
  }
  return { served, shadows, stale, generation: (await transaction.head()).collections }
}

const createServed = (
  definitions: readonly CollectionDefinition[],
  served: Map<string, number>,
  openedAt: number,
): Served => {
  let generation = openedAt
  return {
    epochOf: (collection) => served.get(collection),
    swap: (collection, epoch) => served.set(collection, epoch),
    generation: () => generation,
    refresh: (stored, at) => {
      if (at <= generation) return []
      const changed: string[] = []
      for (const { name, version } of definitions) {
        const epochs = stored.filter((one) => one.name === name)
        const newer = epochs.find((one) => one.version > version)
        if (newer) throw new LibralError('storage.newer-version', { version: newer.version, known: version })
        const ready = epochs.filter((one) => one.ready && one.version === version).map(({ epoch }) => epoch)
        const epoch = ready.length > 0 ? Math.max(...ready) : undefined
        if (epoch === served.get(name)) continue
        changed.push(name)
        if (epoch === undefined) served.delete(name)
        else served.set(name, epoch)
      }
      generation = at
      return changed
    },
  }
}

interface Plan {
  readonly put: readonly StoredCollection[]
  readonly served?: number
  readonly shadow?: Shadow
}

/** @param epochs what is stored of it, newest first */
const planFor = (collection: CollectionDefinition, epochs: readonly StoredCollection[], size: number): Plan => {
  const { name, version } = collection
  const newest = epochs[0]
  const live = epochs.find(({ ready }) => ready)
  const unfinished = newest && !newest.ready && newest.version === version ? newest : undefined
  if (live?.version === version) {
    const shadow = unfinished && { collection, epoch: unfinished.epoch, projected: unfinished.projected }
    return { put: [], served: live.epoch, ...(shadow && { shadow }) }
  }
  const frozen = live ? [{ ...live, ready: false }] : []
  if (unfinished) {
    return { put: frozen, shadow: { collection, epoch: unfinished.epoch, projected: unfinished.projected } }
  }
  const epoch = (newest?.epoch ?? 0) + 1
  const fresh = { name, version, epoch, projected: 0 }
  // Before the genesis there is nothing to project.
  if (size === 0) return { put: [{ ...fresh, ready: true }], served: epoch }
  return { put: [...frozen, { ...fresh, ready: false }], shadow: { collection, epoch, projected: 0 } }
}

/** @throws LibralError `module.busy` while the collection is filled for the first time or anew */
export const servedEpoch = (served: Served, collection: string): number => {
  const epoch = served.epochOf(collection)
  if (epoch === undefined) throw new LibralError('module.busy', { collection })
  return epoch
}
