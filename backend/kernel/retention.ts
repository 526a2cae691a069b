import type { CollectionDefinition } from '#protocol/collection.ts'
import type { Json } from '#protocol/command.ts'
import type { Reader, Storage } from '../storage/port.ts'
import type { Registry } from './registry.ts'
import type { Served } from './served.ts'
import type { OneWriter } from './writer.ts'

export const retentionLimits = {
  /** Change rows kept for clients that come back: further behind means a snapshot. */
  changeOffsets: 200_000,
  /** Rows dropped in one transaction. */
  slice: 500,
  everyMs: 60_000,
} as const

export interface RetentionDeps {
  readonly storage: Storage
  readonly writer: OneWriter
  readonly registry: Registry
  readonly served: Served
  /** What the last count said of each collection: counting a million rows holds the process for a second or more. */
  readonly counted: Map<string, Counted>
}

interface Counted {
  readonly epoch: number
  readonly rows: number
  /** Log size then. */
  readonly size: number
}

/** Entries rarely add more rows than this to one collection; where they do, it stands a little longer above its bound. */
const rowsPerEntry = 4

/**
 * Drops the oldest rows of collections beyond their bound, and old change rows; entries never. No change row tells of
 * it, since nothing happened: a desktop keeps the same bound by itself, and `history` answers from what is kept here. A
 * tenth above the bound is let stand, so that a full collection is not counted out row by row.
 */
export const retain = async (deps: RetentionDeps): Promise<void> => {
  const { size } = await deps.storage.head()
  for (const collection of deps.registry.collections.values()) await retainOne(collection, size, deps)
  if (size > retentionLimits.changeOffsets) await deps.storage.trimChanges(size - retentionLimits.changeOffsets)
}

const retainOne = async (
  collection: CollectionDefinition,
  size: number,
  { storage, writer, served, counted }: RetentionDeps,
): Promise<void> => {
  const { name, retention } = collection
  const epoch = served.epochOf(name)
  if (epoch === undefined) return
  const last = counted.get(name)
  const most = last?.epoch === epoch ? last.rows + (size - last.size) * rowsPerEntry : Number.POSITIVE_INFINITY
  if (most <= retention.rows * 1.1) return
  const count = await storage.rows.count(name, epoch)
  if (count <= retention.rows * 1.1) {
    counted.set(name, { epoch, rows: count, size })
    return
  }
  const keys = await oldest(storage, collection, epoch, count - retention.rows)
  for (let at = 0; at < keys.length; at += retentionLimits.slice) {
    const dropped = keys.slice(at, at + retentionLimits.slice)
    await writer.run((transaction) =>
      // A swap may have come in between; the old epoch's rows are then going anyway.
      served.epochOf(name) === epoch
        ? transaction.putRows(dropped.map((key) => ({ collection: name, epoch, key, value: null })))
        : Promise.resolve(),
    )
  }
  counted.set(name, { epoch, rows: retention.rows, size })
}

/** Keys of the `excess` oldest rows: by key, or by the field that `retention.by` names. */
const oldest = async (
  reader: Reader,
  { name, retention }: CollectionDefinition,
  epoch: number,
  excess: number,
): Promise<readonly string[]> => {
  const { by } = retention
  const ranked: { readonly key: string; readonly rank: number }[] = []
  let after: string | null = null
  for (;;) {
    const page: Awaited<ReturnType<Reader['rows']['page']>> = await reader.rows.page(name, epoch, after, 1_000)
    for (const { key, value } of page) ranked.push({ key, rank: by && by !== 'key' ? rankOf(value, by) : 0 })
    const last = page.at(-1)
    const inKeyOrder = by === undefined || by === 'key'
    if (!last || (inKeyOrder && ranked.length >= excess)) break
    after = last.key
  }
  // Stable: equal ranks stay in key order.
  ranked.sort((one, other) => one.rank - other.rank)
  return ranked.slice(0, excess).map(({ key }) => key)
}

const rankOf = (row: Json, field: string): number => {
  const value =
    typeof row === 'object' && row !== null && !Array.isArray(row) ? (row as Record<string, Json>)[field] : 0
  return typeof value === 'number' ? value : 0
}
