import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { fold, termsOf } from '#main/replica/grams.ts'
import { type Db, openDatabase } from '#main/replica/open-database.ts'
import type { Entry } from '#protocol/entry.ts'
import type { ReviewFilter } from '#protocol/review.ts'
import { objectsOf, searchableText } from '#trust/review/entry-facts.ts'
import { type EntryIndex, entryTables, openEntryIndex } from './entry-index.ts'

const folders: string[] = []
const open: Db[] = []
const makeDb = (): Db => {
  const folder = mkdtempSync(join(tmpdir(), 'libral-review-'))
  folders.push(folder)
  const key = randomBytes(32).toString('hex')
  const db = openDatabase({ path: join(folder, 'index.db'), key, synchronous: 'NORMAL', maxPages: null })
  db.exec(entryTables)
  open.push(db)
  return db
}
afterEach(() => {
  for (const db of open.splice(0)) db.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const began = 1_790_000_000_000
const entryOf = (index: number, operator: string, command: string, text: string, type = 'events.handedOver@1'): Entry =>
  ({
    v: 1,
    index,
    at: began + index * 1_000,
    policy: 'p',
    command: {
      statement: { command, operator, id: `01990000-0000-7000-8000-${String(index).padStart(12, '0')}` },
      salt: '',
      params: { text },
      signatures: [],
    },
    events: [{ type, data: { text, operator } }],
  }) as unknown as Entry

const filled = (entries: readonly (Entry | null)[], from = 0): EntryIndex => {
  const index = openEntryIndex(makeDb(), from)
  for (const entry of entries)
    index.add({ bytes: entry === null ? new Uint8Array() : Buffer.from(JSON.stringify(entry)), entry })
  index.finish()
  return index
}
const all: ReviewFilter = {
  text: '',
  from: null,
  to: null,
  actors: [],
  commands: [],
  risks: [],
  outcomes: [],
  standings: [],
  object: null,
  noted: false,
}
const indexesOf = (index: EntryIndex, filter: Partial<ReviewFilter>, descending = true): readonly number[] =>
  index.query({ filter: { ...all, ...filter }, descending, after: null, limit: 200 }).rows.map((row) => row.index)

describe('the index of a bundle', () => {
  it('finds two Japanese characters, half-width kana and one character, over chunk borders', () => {
    const texts = Array.from({ length: 5_000 }, (_, at) =>
      at % 700 === 3 ? `夜間の決済 ﾊﾞｯｸｱｯﾌﾟ ${at}` : `引き継ぎ ${at}`,
    )
    const index = filled(texts.map((text, at) => entryOf(at, 'tanaka', 'events.leaveHandover', text)))
    const expected = texts.flatMap((text, at) => (text.includes('決済') ? [at] : [])).reverse()
    expect(indexesOf(index, { text: '決済' })).toEqual(expected)
    expect(indexesOf(index, { text: 'バックアップ' })).toEqual(expected)
    expect(indexesOf(index, { text: '夜' })).toEqual(expected)
    expect(indexesOf(index, { text: '決済 引き継ぎ' })).toEqual([])
    expect(index.count({ ...all, text: '引き' })).toEqual({ count: 5_000 - expected.length, capped: false })
    expect(index.count({ ...all, text: '引き継ぎ' })).toEqual({ count: 2_000, capped: true })
  })

  it('answers what a search of every text answers, whatever the texts', () => {
    const word = fc.string({ unit: fc.constantFrom('決', '済', 'ア', 'ｱ', 'a', 'A', ' ', '返', '金'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), word, fc.boolean(), (texts, query, descending) => {
        const entries = texts.map((text, at) => entryOf(at, 'tanaka', 'events.leaveHandover', text))
        const expected = entries.flatMap((entry, at) =>
          termsOf(query).every((term) => fold(searchableText(entry)).includes(term)) ? [at] : [],
        )
        expect(indexesOf(filled(entries), { text: query }, descending)).toEqual(
          descending ? expected.toReversed() : expected,
        )
      }),
      { numRuns: 60 },
    )
  })

  it('filters by actor, command, time, outcome and object, and pages without a gap', () => {
    const entries = Array.from({ length: 300 }, (_, at) =>
      at % 3 === 0
        ? entryOf(at, 'suzuki', 'hub.stopModule', `m${at % 5}`, 'session.requestsRefused@1')
        : entryOf(at, 'tanaka', 'events.leaveHandover', `n${at}`),
    )
    const index = filled(entries, 0)
    expect(indexesOf(index, { actors: ['suzuki'] }, false).slice(0, 3)).toEqual([0, 3, 6])
    expect(indexesOf(index, { commands: ['hub.stopModule'], from: began + 9_000, to: began + 16_000 })).toEqual([
      15, 12, 9,
    ])
    expect(indexesOf(index, { outcomes: ['refused'] })).toHaveLength(100)
    expect(indexesOf(index, { object: { kind: 'operator', value: 'suzuki' } })).toHaveLength(100)
    expect(objectsOf(entries[0] as Entry)).toContainEqual({ kind: 'operator', value: 'suzuki' })
    const walked: number[] = []
    for (let after: number | null = null; ; ) {
      const page = index.query({ filter: all, descending: true, after, limit: 7 })
      walked.push(...page.rows.map((row) => row.index))
      if (page.next === null) break
      after = page.next
    }
    expect(walked).toEqual(entries.map((_, at) => at).reverse())
    expect(index.facets().actors[0]).toEqual({ value: 'tanaka', entries: 200 })
  })

  it('finds an id wherever it stands, whole or a part of it', () => {
    const id = '01990000-0000-7000-8000-000000000003'
    const entries = Array.from({ length: 2_100 }, (_, at) => entryOf(at, 'tanaka', 'events.leaveHandover', `${at}`))
    const index = filled([...entries, entryOf(2_100, 'sato', 'events.leaveHandover', `依頼 ${id} の件`)])
    expect(indexesOf(index, { text: id })).toEqual([2_100, 3])
    expect(indexesOf(index, { text: `${id.toUpperCase()} 依頼` })).toEqual([2_100])
    expect(indexesOf(index, { text: '000000000003 依頼' })).toEqual([2_100])
    expect(indexesOf(index, { text: id.replace('3', '4').replace('7', '8') })).toEqual([])
  })

  it('shows nothing as verified that nobody judged', () => {
    const index = filled(
      [0, 1, 2, 3].map((at) => entryOf(at + 10, 'tanaka', 'events.leaveHandover', `${at}`)),
      10,
    )
    index.judge(10, Uint8Array.of(0, 1, 2))
    expect(index.standings()).toEqual({ verified: 1, unconfirmed: 1, attention: 1, failed: 1 })
    expect(indexesOf(index, { standings: ['verified'] })).toEqual([10])
    expect(indexesOf(index, { standings: ['failed', 'attention'] })).toEqual([13, 12])
  })

  it('keeps a place for what can not be read', () => {
    const index = filled([entryOf(0, 'tanaka', 'events.leaveHandover', 'a'), null])
    expect(index.row(1)).toMatchObject({ index: 1, standing: 'failed', actor: '', command: '' })
    expect(index.read(1)).toMatchObject({ entry: null })
    expect(index.row(2)).toBeNull()
  })
})
