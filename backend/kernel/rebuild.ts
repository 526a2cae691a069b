import { LibralError } from '#protocol/errors.ts'
import { parseEntry } from '#trust/entry.ts'
import type { Reader, Storage, StoredEntry } from '../storage/port.ts'
import { createOverlay, type Overlay } from './overlay.ts'
import { type Happened, project, readsOf } from './projections.ts'
import type { Registry } from './registry.ts'
import type { Served, Shadow } from './served.ts'
import type { OneWriter } from './writer.ts'

/** Entries projected in one transaction: some tens of milliseconds, so that commands hardly wait. */
const leastSlice = 256

/** More than came in since the last slice: commits of up to 512 take every other turn, and a rebuild has to gain on them. */
const sliceFor = (arrived: number): number => Math.max(leastSlice, 2 * arrived)

export interface RebuildDeps {
  readonly storage: Storage
  readonly writer: OneWriter
  readonly registry: Registry
  readonly served: Served
  /** Told inside the one writer's turn, before the next commit. */
  readonly swapped: (collection: string, epoch: number) => void
  readonly stopped: () => boolean
}

/** What an entry's events are today. @throws LibralError `log.broken` for bytes that are no entry */
export const happenedIn = (registry: Registry, { bytes }: Pick<StoredEntry, 'bytes'>): readonly Happened[] => {
  const { index, at, command, events } = parseEntry(bytes)
  const { id, operator, command: name } = command.statement
  return events.flatMap((logged, nth) => {
    const event = registry.lift(logged)
    return event ? [{ event, meta: { id, operator, at, command: name, index, nth } }] : []
  })
}

/** Projects entries into one collection over the overlay, reading what they ask for in as few reads as possible. */
export const projectEntries = async (
  registry: Registry,
  collection: string,
  entries: readonly StoredEntry[],
  overlay: Overlay,
): Promise<void> => {
  const into = (name: string): boolean => name === collection
  const happened = entries.flatMap((entry) => happenedIn(registry, entry))
  await overlay.load(happened.flatMap((one) => readsOf(registry, one, into)))
  for (const one of happened) project(registry, one, into, overlay, () => undefined)
}

/**
 * Fills a shadow epoch from the entries in slices while commands flow, and swaps in the transaction that projects the
 * last of them. How far it is stands beside the rows, so it goes on after a kill where it was. Answers false when
 * stopped before the swap.
 */
export const rebuild = async (shadow: Shadow, deps: RebuildDeps): Promise<boolean> => {
  let at: Progress = { projected: shadow.projected, size: undefined }
  while (!deps.stopped()) {
    const step = await deps.writer.run(
      (transaction) => advance(shadow, at, transaction, deps),
      ({ done }) => done && swap(shadow, deps),
    )
    at = step
    if (step.done) {
      if (step.old !== undefined) await deps.storage.dropEpoch(shadow.collection.name, step.old)
      return true
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return false
}

interface Progress {
  readonly projected: number
  /** Log size at the last slice; none before the first. */
  readonly size: number | undefined
}

interface Step extends Progress {
  readonly done: boolean
  /** The epoch that was served before the swap. */
  readonly old?: number | undefined
}

type Transaction = Parameters<Parameters<OneWriter['run']>[0]>[0]

const advance = async (
  { collection, epoch }: Shadow,
  { projected, size: before }: Progress,
  transaction: Transaction,
  { registry, served }: RebuildDeps,
): Promise<Step> => {
  const { size } = await transaction.head()
  const to = Math.min(size, projected + sliceFor(size - (before ?? size)))
  const overlay = createOverlay(transaction, () => epoch)
  await projectEntries(registry, collection.name, await entriesOf(transaction, projected, to), overlay)
  await transaction.putRows(overlay.written())
  const done = to === size
  const { name, version } = collection
  await transaction.putCollection({ name, version, epoch, projected: to, ready: done })
  if (!done) return { projected: to, size, done }
  const old = served.epochOf(name)
  if (old !== undefined) await transaction.putCollection({ name, version, epoch: old, projected: to, ready: false })
  return { projected: to, size, done, old }
}

const entriesOf = async (reader: Reader, from: number, to: number): Promise<readonly StoredEntry[]> => {
  const entries = await reader.entries.byIndex(from, to)
  if (entries.length !== to - from) throw new LibralError('log.broken', { index: from + entries.length })
  return entries
}

const swap = ({ collection, epoch }: Shadow, { served, swapped }: RebuildDeps): void => {
  served.swap(collection.name, epoch)
  swapped(collection.name, epoch)
}
