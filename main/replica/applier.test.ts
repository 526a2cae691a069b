import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { FeedRequest } from '#protocol/feed.ts'
import type { ChangesFrame, ParsedFrame } from './frame.ts'
import { type Db, openDatabase } from './open-database.ts'
import { query } from './query.ts'
import { migrate } from './schema.ts'
import { createStore, type Store } from './store.ts'

const collection = 'events.handovers'
const pageRows = 3

/** A backend in miniature: a log of changes, snapshots in pages read as the rows stand at that moment. */
class Backend {
  readonly rows = new Map<string, Json>()
  readonly log: { readonly offset: number; readonly key: string; readonly row: Json }[] = []
  size = 0
  epoch = 1
  /** Cursors before this one get a snapshot. */
  oldest = 0

  write(key: string, value: number | null): void {
    const row = value === null ? null : { key, at: value, by: 'local', shift: '日勤', text: `第${value}号` }
    this.size += 1
    if (row === null) this.rows.delete(key)
    else this.rows.set(key, row)
    this.log.push({ offset: this.size, key, row })
  }

  open(cursor: Cursor | null): readonly ParsedFrame[] {
    const fits = cursor?.epoch === this.epoch && cursor.offset >= this.oldest
    const answer = fits
      ? ({ mode: 'resume' } as const)
      : ({ mode: 'snapshot', epoch: this.epoch, offset: this.size, version: 1 } as const)
    const opened = { t: 'opened', size: this.size, now: 0, collections: { [collection]: answer } } as const
    return fits ? [opened, this.changes(cursor.offset)] : [opened]
  }

  changes(after: number): ChangesFrame {
    const news = this.log.filter(({ offset }) => offset > after)
    return { t: 'changes', to: this.size, changes: news.map(({ offset, key, row }) => [offset, collection, key, row]) }
  }

  page(after: string | null): ParsedFrame {
    const keys = [...this.rows.keys()].sort().filter((key) => after === null || key > after)
    const shown = keys.slice(0, pageRows)
    const next = keys.length > pageRows ? (shown.at(-1) ?? null) : null
    const rows = shown.map((key) => [key, this.rows.get(key) ?? null] as const)
    return { t: 'page', collection, epoch: this.epoch, rows, next, settled: next === null ? this.size : null }
  }
}

const path = (): string => join(mkdtempSync(join(tmpdir(), 'libral-applier-')), 'replica.db')

/** A replica that can lose its connection, or its whole process, between any two frames. */
class Client {
  readonly #path = path()
  #db: Db = this.#open()
  #store: Store = this.#fresh()
  requests: FeedRequest[] = []
  caughtUp = false

  #open(): Db {
    const db = openDatabase({ path: this.#path, key: '01'.repeat(32), synchronous: 'NORMAL', maxPages: null })
    migrate(db)
    return db
  }

  #fresh(): Store {
    return createStore(this.#db, {
      request: (request) => this.requests.push(request),
      changed: () => {},
      caughtUp: () => {
        this.caughtUp = true
      },
      behind: () => {
        this.caughtUp = false
      },
    })
  }

  crash(): void {
    this.#db.close()
    this.#db = this.#open()
    this.#store = this.#fresh()
  }

  begin(): Cursor | null {
    this.requests = []
    this.caughtUp = false
    return this.#store.applier.begin()[collection] ?? null
  }

  apply(frame: ParsedFrame): void {
    this.#store.applier.apply(frame)
  }

  work(): void {
    while (this.#store.work());
  }

  shown(): readonly Json[] {
    const { rows } = this.#store.rowsOf(collection)
    const filter = { collection, where: {}, range: null, text: '' }
    return rows === null
      ? []
      : query(rows, { filter, sort: { field: null, descending: false }, after: null, limit: 500 }).rows
  }

  close(): void {
    this.#db.close()
  }
}

const write = fc.record({
  key: fc.integer({ min: 0, max: 14 }).map((nth) => `key-${String(nth).padStart(2, '0')}`),
  value: fc.option(fc.integer({ min: 0, max: 99 })),
})
const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ t: fc.constant('write' as const), write }) },
  { weight: 6, arbitrary: fc.record({ t: fc.constant('deliver' as const) }) },
  { weight: 1, arbitrary: fc.record({ t: fc.constantFrom('cut', 'crash', 'forget', 'rebuild', 'idle') }) },
)

/** One connection: what the backend has sent and the client has not yet applied. */
const session = (backend: Backend, client: Client) => {
  const wire: ParsedFrame[] = [...backend.open(client.begin())]
  let sent = backend.size
  /** After a reset, pages of the old snapshot are answered no more: the kernel's rule. */
  let restarted = false
  const answer = (after: string | null): void => {
    if (after === null) restarted = false
    if (!restarted) wire.push(backend.page(after))
  }
  const pump = (): void => {
    for (const request of client.requests.splice(0)) if (request.t === 'page') answer(request.after)
  }
  return {
    send: (): void => {
      wire.push(backend.changes(sent))
      sent = backend.size
    },
    reset: (): void => {
      restarted = true
      wire.push({ t: 'reset', collection, mode: 'snapshot', epoch: backend.epoch, offset: backend.size, version: 1 })
    },
    deliver: (): boolean => {
      pump()
      const frame = wire.shift()
      if (frame !== undefined) client.apply(frame)
      pump()
      return wire.length > 0
    },
  }
}

describe('the applier', () => {
  it('ends with the backend’s rows, wherever feed and process are cut', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 12 }), fc.array(act, { maxLength: 60 }), (before, acts) => {
        const backend = new Backend()
        const client = new Client()
        for (const { key, value } of before) backend.write(key, value)
        let feed = session(backend, client)
        for (const one of acts) {
          if (one.t === 'write') {
            backend.write(one.write.key, one.write.value)
            feed.send()
          } else if (one.t === 'deliver') feed.deliver()
          else if (one.t === 'idle') client.work()
          else if (one.t === 'rebuild') {
            backend.epoch += 1
            feed.reset()
          } else {
            if (one.t === 'forget') backend.oldest = backend.size
            if (one.t === 'crash') client.crash()
            feed = session(backend, client)
          }
        }
        while (feed.deliver());
        const expected = [...backend.rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row)
        expect(client.shown()).toEqual(expected)
        expect(client.caughtUp).toBe(true)
        client.work()
        expect(client.shown()).toEqual(expected)
        client.close()
      }),
      { numRuns: 80 },
    )
  })

  it('never shows half a snapshot', () => {
    const backend = new Backend()
    for (let nth = 0; nth < 10; nth++) backend.write(`key-${nth}`, nth)
    const client = new Client()
    const feed = session(backend, client)
    const seen = new Set<number>()
    do seen.add(client.shown().length)
    while (feed.deliver())
    seen.add(client.shown().length)
    expect([...seen]).toEqual([0, 10])
    client.close()
  })
})
