import type { FeedOpening, FeedSource, FeedSubscription, Principal } from '#backend/kernel/kernel.ts'
import type { Json } from '#protocol/command.ts'
import type { Cursor } from '#protocol/cursor.ts'
import { type FeedFrame, feedFrameSchema } from '#protocol/feed.ts'

interface Table {
  cursor: Cursor | null
  rows: Map<string, Json>
  /** Set while a snapshot is under way. */
  settles: number | 'paging' | null
}

/**
 * A client as simple as one can be and still be right: it keeps rows and cursors through disconnections, and counts
 * every change that it should not have got.
 */
export interface ModelClient {
  connect(): Promise<void>
  /** Drops the connection on the floor, whatever is under way. */
  disconnect(): void
  readonly tables: ReadonlyMap<string, Table>
  readonly wrong: readonly string[]
  readonly closes: readonly number[]
  /** Every collection is whole, up to this log size. */
  whole(size: number): boolean
  readonly frames: () => number
}

export const createModelClient = (
  feed: Pick<FeedSource, 'open'> & Partial<Pick<FeedSource, 'resume'>>,
  principal: Principal,
  collections: readonly string[],
  more: Partial<FeedOpening> = {},
): ModelClient => {
  const tables = new Map<string, Table>(
    collections.map((name) => [name, { cursor: null, rows: new Map(), settles: null }]),
  )
  const wrong: string[] = []
  const closes: number[] = []
  let subscription: FeedSubscription | undefined
  let generation = 0
  let frames = 0
  let last = 0

  const begin = (name: string, epoch: number, offset: number): void => {
    tables.set(name, { cursor: { epoch, offset }, rows: new Map(), settles: 'paging' })
    queueMicrotask(() => void subscription?.page(name, null))
  }
  const apply = (frame: FeedFrame): void => {
    frames++
    if (frame.t === 'opened') {
      last = 0
      for (const [name, answer] of Object.entries(frame.collections)) {
        if (answer.mode === 'snapshot') begin(name, answer.epoch, answer.offset)
        if (answer.mode === 'denied') tables.delete(name)
      }
    }
    if (frame.t === 'reset') {
      if (frame.mode === 'denied') tables.delete(frame.collection)
      else begin(frame.collection, frame.epoch, frame.offset)
    }
    if (frame.t === 'page') page(frame)
    if (frame.t === 'changes') changes(frame)
  }
  const page = ({ collection, epoch, rows, next, settled }: Extract<FeedFrame, { t: 'page' }>): void => {
    const table = tables.get(collection)
    if (!table || table.cursor?.epoch !== epoch) return
    for (const [key, row] of rows) table.rows.set(key, row as Json)
    if (next !== null) void subscription?.page(collection, next)
    else table.settles = settled
  }
  const changes = ({ to, changes: list }: Extract<FeedFrame, { t: 'changes' }>): void => {
    for (const [offset, name, key, row] of list) {
      const table = tables.get(name)
      if (!table?.cursor) wrong.push(`${name} was not asked for`)
      else if (offset <= table.cursor.offset) wrong.push(`${name} ${offset} came again`)
      else if (offset < last || offset > to) wrong.push(`${offset} out of order`)
      else if (row === null) table.rows.delete(key)
      else table.rows.set(key, row as Json)
      last = offset
    }
    for (const table of tables.values()) {
      if (table.cursor && to > table.cursor.offset) table.cursor = { ...table.cursor, offset: to }
    }
  }
  return {
    tables,
    wrong,
    closes,
    frames: () => frames,
    connect: async () => {
      const mine = ++generation
      // A snapshot that did not end is worth nothing.
      for (const table of tables.values()) {
        if (table.settles === 'paging') table.cursor = null
      }
      const opening: FeedOpening = {
        principal,
        cursors: Object.fromEntries([...tables].map(([name, { cursor }]) => [name, cursor])),
        telemetry: false,
        send: (text) => {
          if (mine === generation) apply(feedFrameSchema.parse(JSON.parse(text)))
          return 0
        },
        close: (code) => {
          if (mine === generation) closes.push(code)
        },
        ...more,
      }
      const opened = feed.resume?.(opening) ?? (await feed.open(opening))
      if (mine === generation) {
        subscription = opened
        for (const [name, table] of tables) if (table.settles === 'paging') void opened.page(name, null)
      } else opened.end()
    },
    disconnect: () => {
      generation++
      subscription?.end()
      subscription = undefined
    },
    whole: (size) =>
      [...tables.values()].every(
        ({ cursor, settles }) =>
          cursor !== null &&
          cursor.offset >= size &&
          settles !== 'paging' &&
          (settles === null || settles <= cursor.offset),
      ),
  }
}
