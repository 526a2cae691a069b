import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryTables, openEntryIndex } from '#main/audit/review/entry-index.ts'
import { fold } from '#main/replica/grams.ts'
import { openDatabase } from '#main/replica/open-database.ts'
import type { Entry } from '#protocol/entry.ts'
import type { ReviewFilter } from '#protocol/review.ts'
import { searchableText } from '#trust/review/entry-facts.ts'
import { numbers } from './event-rows.ts'

/**
 * Full text and filters of a review over a million entries: the first fifty hits. Beside it what SQLite does without an
 * index of bigrams: LIKE over the same folded texts in a file with the same encryption.
 *   node bench/review-search.bench.ts [entries]
 */
const total = Number(process.argv[2] ?? 1_000_000)
const directory = mkdtempSync(join(tmpdir(), 'libral-review-'))
const key = randomBytes(32).toString('hex')
const open = (name: string) => openDatabase({ path: join(directory, name), key, synchronous: 'NORMAL', maxPages: null })

const subjects = ['決済', '返金', '出金', '認証', '引き継ぎ', '監視', '鍵の登録', '障害対応', '夜間バッチ', '為替']
const verbs = ['を承認', 'を確認', 'の調査を依頼', 'に失敗', 'を再実行', 'を中止', 'の担当を変更', 'を記録']
const actors = ['tanaka', 'suzuki', 'sato', 'watanabe', 'service:hub', 'service:events']
const random = numbers(11)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

const entryOf = (index: number): Entry => {
  const text = `${pick(subjects)}${pick(verbs)}（店舗${index % 977}）${index % 50_000 === 7 ? '緊急停止の痕跡' : ''}`
  const id = `01990000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
  return {
    v: 1,
    index,
    at: 1_790_000_000_000 + index * 250,
    policy: 'p'.repeat(43),
    command: {
      statement: { command: index % 3 === 0 ? 'events.leaveHandover' : 'hub.stopModule', operator: pick(actors), id },
      salt: '',
      params: { text, amount: String(index * 37) },
      signatures: [],
    },
    events: [{ type: 'events.handedOver@1', data: { text, key: String(index) } }],
  } as unknown as Entry
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
const questions: readonly (readonly [string, Partial<ReviewFilter>])[] = [
  ['two characters, common', { text: '決済' }],
  ['two characters and an actor', { text: '返金', actors: ['sato'] }],
  ['a long rare word', { text: '緊急停止の痕跡' }],
  ['two words', { text: '夜間バッチ 中止' }],
  ['half-width kana', { text: 'ﾊﾞｯﾁ' }],
  ['nothing holds it', { text: '存在しない語句' }],
  [
    'one entry by its id',
    { text: `01990000-0000-7000-8000-${(total / 3).toString(16).slice(0, 5).padStart(12, '0')}` },
  ],
  ['a number', { text: '店舗976' }],
  ['actor, command and time', { actors: ['tanaka'], commands: ['hub.stopModule'], to: 1_790_000_000_000 + total * 25 }],
]

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
const timed = (work: () => unknown): number => {
  const began = performance.now()
  work()
  return performance.now() - began
}

const indexDb = open('index.db')
indexDb.pragma('synchronous = OFF')
indexDb.exec(entryTables)
const index = openEntryIndex(indexDb, 0)
const bareDb = open('bare.db')
bareDb.pragma('synchronous = OFF')
bareDb.exec('CREATE TABLE bare (pos INTEGER PRIMARY KEY, text TEXT NOT NULL)')
const insert = bareDb.prepare('INSERT INTO bare VALUES (?, ?)')

let indexing = 0
let bare = 0
const batch = 20_000
for (let from = 0; from < total; from += batch) {
  const entries = Array.from({ length: Math.min(batch, total - from) }, (_, at) => entryOf(from + at))
  const made = entries.map((entry) => ({ entry, bytes: Buffer.from(JSON.stringify(entry)) }))
  indexing += timed(() => {
    for (const one of made) index.add(one)
  })
  const texts = entries.map((entry) => fold(searchableText(entry)))
  bare += timed(() =>
    bareDb.transaction(() => {
      for (const [at, text] of texts.entries()) insert.run(from + at, text)
    })(),
  )
}
indexing += timed(index.finish)
const rate = (ms: number): string => `${Math.round(total / (ms / 1_000)).toLocaleString('en')}/s`
console.log(
  `${total.toLocaleString('en')} entries: indexed ${rate(indexing)}, bare insert of their texts ${rate(bare)}`,
)

const like = bareDb.prepare("SELECT pos FROM bare WHERE text LIKE ? ESCAPE '\\' ORDER BY pos DESC LIMIT 50")
const samples: number[] = []
for (const [name, filter] of questions) {
  const query = { filter: { ...all, ...filter }, descending: true, after: null, limit: 50 }
  const found = index.query(query).rows.length
  const times = Array.from({ length: 20 }, () => timed(() => index.query(query)))
  samples.push(...times)
  const text = filter.text ?? ''
  const beside = text === '' ? null : timed(() => like.all(`%${fold(text).split(' ').join('%')}%`))
  console.log(
    `${name.padEnd(30)} ${String(found).padStart(3)} hits  p50 ${percentile(times, 0.5).toFixed(1)} ms  p95 ${percentile(times, 0.95).toFixed(1)} ms` +
      (beside === null ? '' : `  LIKE ${beside.toFixed(0)} ms`),
  )
}
if (percentile(samples, 0.95) >= 50) process.exitCode = 1
console.log(`all questions: p95 ${percentile(samples, 0.95).toFixed(1)} ms (goal 50)`)
indexDb.close()
bareDb.close()
rmSync(directory, { recursive: true, force: true })
