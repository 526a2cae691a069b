import { setTimeout as pause } from 'node:timers/promises'
import { failureOf, LibralError } from '#protocol/errors.ts'
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
  let size: number | undefined
  while (!deps.stopped()) {
    const step = await deps.writer
      .run(
        (transaction) => advance(shadow, size, transaction, deps),
        ({ done }) => done && swap(shadow, deps),
      )
      .catch(away)
    // The writer has waited for it already; nobody else would begin this again before the next start.
    if (step === undefined) continue
    size = step.size
    if (step.done) {
      if (step.old !== undefined) await graceful(deps)
      if (step.old !== undefined) await deps.storage.dropEpoch(shadow.collection.name, step.old)
      return true
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return false
}

const away = (thrown: unknown): undefined => {
  if (failureOf(thrown).code !== 'storage.unavailable') throw thrown
}

/** Other instances may read the old epoch until they have heard of the swap. */
const graceful = async ({ storage }: RebuildDeps): Promise<void> => {
  if (storage.engine !== 'sqlite') await pause(graceMs)
}
const graceMs = 2_000

interface Step {
  /** Log size then. */
  readonly size: number
  readonly done: boolean
  /** The epoch that was served before the swap. */
  readonly old?: number | undefined
}

type Transaction = Parameters<Parameters<OneWriter['run']>[0]>[0]

const advance = async (
  { collection, epoch }: Shadow,
  before: number | undefined,
  transaction: Transaction,
  { registry }: RebuildDeps,
): Promise<Step> => {
  const { size } = await transaction.head()
  const { name, version } = collection
  const epochs = (await transaction.collections()).filter((stored) => stored.name === name)
  const mine = epochs.find((stored) => stored.epoch === epoch)
  // Another instance has finished it, or it was this one and the answer to its commit got lost.
  if (mine?.ready) return { size, done: true }
  const projected = mine?.projected ?? 0
  const to = Math.min(size, projected + sliceFor(size - (before ?? size)))
  const overlay = createOverlay(transaction, () => epoch)
  await projectEntries(registry, collection.name, await entriesOf(transaction, projected, to), overlay)
  await transaction.putRows(overlay.written())
  const done = to === size
  await transaction.putCollection({ name, version, epoch, projected: to, ready: done })
  if (!done) return { size, done }
  const old = epochs.find((stored) => stored.ready)
  if (old) await transaction.putCollection({ ...old, projected: to, ready: false })
  return { size, done, old: old?.epoch }
}

const entriesOf = async (reader: Reader, from: number, to: number): Promise<readonly StoredEntry[]> => {
  const entries = await reader.entries.byIndex(from, to)
  if (entries.length !== to - from) throw new LibralError('log.broken', { index: from + entries.length })
  return entries
}

const swap = ({ collection, epoch }: Shadow, { served, swapped }: RebuildDeps): void => {
  if (served.epochOf(collection.name) === epoch) return
  served.swap(collection.name, epoch)
  swapped(collection.name, epoch)
}
