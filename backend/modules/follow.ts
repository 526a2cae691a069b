import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { ModuleContext } from '../kernel/module.ts'

export interface Followed<Row> {
  readonly rows: ReadonlyMap<string, Row>
  readonly stop: () => void
}

/** A small collection held in memory by key, changed by each commit until `stop`. */
export const follow = async <Row extends z.ZodType>(
  context: Pick<ModuleContext, 'onCommit' | 'read' | 'crashed'>,
  collection: CollectionDefinition<Row>,
): Promise<Followed<z.output<Row>>> => {
  const rows = new Map<string, z.output<Row>>()
  /** What commits brought while a list is on its way: newer than the list. */
  let touched: Set<string> | undefined
  const list = async (): Promise<void> => {
    const mine = new Set<string>()
    touched = mine
    const found = new Map((await context.read.list(collection)).map((row) => [collection.key(row), row]))
    if (touched !== mine) return
    touched = undefined
    for (const key of rows.keys()) if (!mine.has(key) && !found.has(key)) rows.delete(key)
    for (const [key, row] of found) if (!mine.has(key)) rows.set(key, row)
  }
  const stop = context.onCommit(
    [collection as unknown as CollectionDefinition],
    (changes) => {
      for (const { key, row } of changes) {
        touched?.add(key)
        if (row === null) rows.delete(key)
        else rows.set(key, row as z.output<Row>)
      }
    },
    () => void list().catch(context.crashed),
  )
  await list()
  return { rows, stop }
}
