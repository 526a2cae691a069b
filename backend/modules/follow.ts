import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { ModuleContext } from '../kernel/module.ts'

export interface Followed<Row> {
  readonly rows: ReadonlyMap<string, Row>
  readonly stop: () => void
}

/** A small collection held in memory by key, changed by each commit until `stop`. */
export const follow = async <Row extends z.ZodType>(
  context: Pick<ModuleContext, 'onCommit' | 'read'>,
  collection: CollectionDefinition<Row>,
): Promise<Followed<z.output<Row>>> => {
  const rows = new Map<string, z.output<Row>>()
  const touched = new Set<string>()
  let listing = true
  const stop = context.onCommit([collection as unknown as CollectionDefinition], (changes) => {
    for (const { key, row } of changes) {
      if (listing) touched.add(key)
      if (row === null) rows.delete(key)
      else rows.set(key, row as z.output<Row>)
    }
  })
  for (const row of await context.read.list(collection)) {
    const key = collection.key(row)
    // What a commit brought in the meantime is newer than this list.
    if (!touched.has(key)) rows.set(key, row)
  }
  listing = false
  return { rows, stop }
}
