import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import type { Filter, RowQuery } from '#protocol/desktop.ts'
import { type EventRow, eventKey, events } from '#protocol/events.ts'
import { compareKeys } from './fields.ts'
import { fold, termsOf } from './grams.ts'
import { type Db, openDatabase } from './open-database.ts'
import { count, query } from './query.ts'
import { createRows, openRows, type Rows } from './rows.ts'
import { migrate } from './schema.ts'

const open: Db[] = []
afterEach(() => {
  for (const db of open.splice(0)) db.close()
})

const fresh = (): Db => {
  const db = openDatabase({
    path: join(mkdtempSync(join(tmpdir(), 'libral-query-')), 'replica.db'),
    key: '07'.repeat(32),
    synchronous: 'NORMAL',
    maxPages: null,
  })
  open.push(db)
  migrate(db)
  return db
}

const words = ['決済', '決裁', 'ガス', 'ｶﾞｽ', 'Error', 'ERROR', '済', 'a', '🍣', '入金確認'] as const
const row = fc.record({
  index: fc.integer({ min: 0, max: 60 }),
  at: fc.integer({ min: 0, max: 40 }),
  category: fc.constantFrom('system', 'user', 'payment', 'api'),
  severity: fc.constantFrom('info', 'warning', 'critical'),
  detail: fc.array(fc.constantFrom(...words), { maxLength: 3 }).map((parts) => parts.join('')),
})
const toRow = ({ index, ...rest }: { index: number; detail: string }): EventRow =>
  ({
    ...rest,
    key: eventKey(index, 0),
    module: 'hub',
    actor: 'local',
    code: 'x',
    params: {},
    note: '',
    state: 'none',
  }) as never

/** A put of rows, or a removal of one. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(row, { minLength: 1, maxLength: 20 }).map((rows) => rows.map(toRow)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 60 }).map((index) => eventKey(index, 0)) },
)

const span = fc.record({
  field: fc.constant('at'),
  from: fc.option(fc.integer({ min: 0, max: 40 })),
  to: fc.option(fc.integer({ min: 0, max: 40 })),
})
const filter = fc.record(
  {
    collection: fc.constant('events'),
    where: fc.record(
      {
        category: fc.uniqueArray(fc.constantFrom('system', 'user', 'payment', 'nothing'), {
          minLength: 1,
          maxLength: 2,
        }),
        severity: fc.uniqueArray(fc.constantFrom('info', 'critical'), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
    range: fc.option(span),
    also: span,
    text: fc.array(fc.constantFrom(...words, 'ガ', '決'), { maxLength: 2 }).map((terms) => terms.join('　')),
  },
  { requiredKeys: ['collection', 'where', 'range', 'text'] },
)
const sort = fc.record({ field: fc.constantFrom(null, 'at', 'severity'), descending: fc.boolean() })

const matches = (row: EventRow, { where, range, also, text }: Filter): boolean => {
  const record = row as unknown as Record<string, string | number>
  const found = fold([row.code, row.detail, row.actor].join('\n'))
  return (
    Object.entries(where).every(([name, wanted]) => wanted.includes(record[name] ?? '')) &&
    [range, also].every((one) => !one || (row.at >= (one.from ?? -1) && row.at < (one.to ?? 1e9))) &&
    termsOf(text).every((term) => found.includes(term))
  )
}

/** The same by looking at every row. */
const plainly = (
  model: ReadonlyMap<string, EventRow>,
  filter: Filter,
  { field, descending }: RowQuery['sort'],
): string[] => {
  const rank = (row: EventRow): string | number => (field === 'at' ? row.at : field === 'severity' ? row.severity : '')
  const rows = [...model.values()].filter((row) => matches(row, filter))
  rows.sort((left, right) => {
    const [one, other] = [rank(left), rank(right)]
    return one < other ? -1 : one > other ? 1 : compareKeys(left.key, right.key)
  })
  return (descending ? rows.reverse() : rows).map(({ key }) => key)
}

const pages = (rows: Rows, asked: Omit<RowQuery, 'after' | 'limit'>): string[] => {
  const keys: string[] = []
  let after: string | null = null
  do {
    const page: { rows: readonly Json[]; next: string | null } = query(rows, { ...asked, after, limit: 7 })
    keys.push(...page.rows.map((row) => (row as unknown as EventRow).key))
    after = page.next
  } while (after !== null)
  return keys
}

const put = (db: Db, rows: Rows, changes: ReadonlyMap<string, Json>): void =>
  db.transaction(() => rows.put(changes))()()

describe('queries', () => {
  it('answer as a look at every row would, after any changes', () => {
    const db = fresh()
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), filter, sort, fc.boolean(), (steps, asked, order, early) => {
        let rows = createRows(db, events)
        const model = new Map<string, EventRow>()
        for (const [nth, change] of steps.entries()) {
          if (early && nth === 1) rows.facets()
          if (typeof change === 'string') {
            model.delete(change)
            put(db, rows, new Map([[change, null]]))
            continue
          }
          for (const one of change) model.set(one.key, one)
          put(db, rows, new Map(change.map((one) => [one.key, one as unknown as Json] as const)))
        }
        const expected = plainly(model, asked, order)
        expect(pages(rows, { filter: asked, sort: order })).toEqual(expected)
        expect(count(rows, asked)).toEqual({ count: expected.length, capped: false })
        rows = openRows(db, events, rows.table.generation)
        expect(pages(rows, { filter: asked, sort: order })).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('finds words in indexed, unindexed and changed rows alike', () => {
    const db = fresh()
    const rows = createRows(db, events)
    const rowAt = (index: number, detail: string): [string, Json] => {
      const made = toRow({ index, detail })
      return [made.key, made as unknown as Json]
    }
    const of = (index: number): string => (index % 1_000 === 5 ? '第三四半期の決済' : '四半期と第三者の決算')
    for (let from = 0; from < 6_000; from += 500) {
      put(db, rows, new Map(Array.from({ length: 500 }, (_, nth) => rowAt(from + nth, of(from + nth)))))
    }
    const search = (text: string): Filter => ({ collection: 'events', where: {}, range: null, text })
    const before = count(rows, search('決済')).count
    while (rows.text.work());
    expect(before).toBe(6)
    expect(count(rows, search('決済')).count).toBe(6)
    expect(count(rows, search('第三四半期')).count).toBe(6)
    expect(count(rows, search('済')).count).toBe(6)
    put(db, rows, new Map(Array.from({ length: 100 }, (_, nth) => rowAt(nth, '上書きされた入金'))))
    for (const reading of [rows, openRows(db, events, rows.table.generation)]) {
      expect(count(reading, search('入金')).count).toBe(100)
      expect(count(reading, search('決済')).count).toBe(5)
      while (reading.text.work());
      expect(count(reading, search('入金')).count).toBe(100)
      expect(count(reading, search('決済')).count).toBe(5)
    }
    const again = openRows(db, events, rows.table.generation)
    expect(count(again, search('決済')).count).toBe(5)
    expect(count(again, search('入金')).count).toBe(100)
  })

  it('refuse what is not indexed', () => {
    const db = fresh()
    const rows = createRows(db, events)
    const asked = { collection: 'events', where: { detail: ['x'] }, range: null, text: '' }
    expect(() => count(rows, asked)).toThrow('collection.filter-invalid')
  })
})
