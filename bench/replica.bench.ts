import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '#main/replica/open-database.ts'
import { openReplica, type Replica } from '#main/replica/replica.ts'
import type { Filter } from '#protocol/desktop.ts'
import { eventRow, numbers } from './event-rows.ts'

/**
 * The replica as the link drives it: a worker thread fed with frames, asked by messages. Beside it the bare engine, with
 * the same encryption: the same rows into one table, and a page read by primary key.
 *   node bench/replica.bench.ts [events]
 */
const total = Number(process.argv[2] ?? 1_000_000)
const perFrame = 500
const key = randomBytes(32)
const directory = mkdtempSync(join(tmpdir(), 'libral-replica-'))

const frames = function* (): Generator<{ readonly to: number; readonly bytes: Uint8Array }> {
  const random = numbers(7)
  for (let from = 0; from < total; from += perFrame) {
    const to = Math.min(total, from + perFrame)
    const changes: unknown[] = []
    for (let index = from; index < to; index++) {
      const row = eventRow(index, random)
      changes.push([index + 1, 'events', row.key, row])
    }
    yield { to, bytes: Buffer.from(JSON.stringify({ t: 'changes', to, changes })) }
  }
}

const until = (replica: Replica, reached: (offset: number) => boolean): Promise<void> =>
  new Promise((resolve) => {
    const stop = replica.onNews((news) => {
      if (news.t !== 'changed' || !reached(news.offset)) return
      stop()
      resolve()
    })
  })

const begin = async (replica: Replica): Promise<void> => {
  await replica.ready
  await replica.begin(1)
  const answer = { mode: 'snapshot', epoch: 1, offset: 0, version: 1 }
  const opened = { t: 'opened', size: 0, now: Date.now(), collections: { events: answer } }
  const page = { t: 'page', collection: 'events', epoch: 1, rows: [], next: null, settled: 0 }
  for (const frame of [opened, page]) replica.frame(1, Buffer.from(JSON.stringify(frame)))
}

/** Frames are made beforehand, ten thousand rows at a time, so that only applying is measured. */
const apply = async (replica: Replica): Promise<number> => {
  let ms = 0
  let batch: { readonly to: number; readonly bytes: Uint8Array }[] = []
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    const last = batch.at(-1)?.to ?? 0
    const startedAt = performance.now()
    const done = until(replica, (offset) => offset >= last)
    for (const { bytes } of batch) replica.frame(1, bytes)
    await done
    ms += performance.now() - startedAt
    batch = []
  }
  for (const frame of frames()) {
    batch.push(frame)
    if (batch.length === 20) await flush()
  }
  await flush()
  return (total * 1_000) / ms
}

const bareInsert = (): number => {
  const db = openDatabase({
    path: join(directory, 'bare.db'),
    key: key.toString('hex'),
    synchronous: 'NORMAL',
    maxPages: null,
  })
  db.exec('CREATE TABLE bare (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID')
  const insert = db.prepare('INSERT INTO bare VALUES (?, ?)')
  const random = numbers(7)
  let ms = 0
  for (let from = 0; from < Math.min(total, 200_000); from += perFrame) {
    const rows = Array.from({ length: perFrame }, (_, nth) => eventRow(from + nth, random))
    const texts = rows.map((row) => [row.key, JSON.stringify(row)] as const)
    const startedAt = performance.now()
    db.transaction(() => {
      for (const [rowKey, json] of texts) insert.run(rowKey, json)
    })()
    ms += performance.now() - startedAt
  }
  db.close()
  return (Math.min(total, 200_000) * 1_000) / ms
}

/** p95 of `runs` calls, ms. */
const p95 = async (runs: number, call: (nth: number) => Promise<unknown>): Promise<number> => {
  const times: number[] = []
  for (let nth = 0; nth < runs; nth++) {
    const startedAt = performance.now()
    await call(nth)
    times.push(performance.now() - startedAt)
  }
  times.sort((left, right) => left - right)
  return times[Math.floor(runs * 0.95)] ?? 0
}

const pairs: readonly Filter['where'][] = [
  { category: ['payment'], severity: ['critical'] },
  { category: ['system'], severity: ['critical'] },
  { module: ['hub'], actor: ['operator-7'] },
  { severity: ['info'], category: ['system'] },
  { state: ['acknowledged'], actor: ['operator-1', 'operator-2'] },
  { state: ['open'], module: ['payments', 'gateway'] },
  { actor: ['operator-39'], severity: ['major', 'critical'] },
]
const texts = ['決済', '棚卸', '上限が照合', 'operator-1', '存在しない語', '決済 復旧', '済'] as const

const filterOf = (part: Partial<Filter>): Filter => ({
  collection: 'events',
  where: {},
  range: null,
  text: '',
  ...part,
})
const pageOf = (replica: Replica, filter: Filter, field: string | null = null): Promise<unknown> =>
  replica.call('query', { filter, sort: { field, descending: true }, after: null, limit: 50 })

const line = (what: string, value: string, beside: string): void =>
  console.log(`${what.padEnd(44)}${value.padStart(14)}   ${beside}`)
const ms = (value: number): string => `${value.toFixed(1)} ms`

const indexed = async (replica: Replica): Promise<number> => {
  const startedAt = performance.now()
  while ((await replica.call('backlog')) > 0) await new Promise((resolve) => setTimeout(resolve, 250))
  return performance.now() - startedAt
}

const replica = openReplica({ directory, key, ephemeral: false })
replica.onNews((news) => {
  if (news.t === 'trouble') console.error(news)
})
await begin(replica)
const rate = await apply(replica)
const bare = bareInsert()
line(
  'changes applied, events',
  `${Math.round(rate)}/s`,
  `bare insert of key and JSON ${Math.round(bare)}/s: ${(rate / bare).toFixed(2)} x`,
)
const before = await p95(texts.length, (nth) => pageOf(replica, filterOf({ text: texts[nth] ?? '' })))
line('text, first 50, while the index is behind', ms(before), 'no bound is promised here')
line('index caught up after', ms(await indexed(replica)), '')
const page = await p95(200, () => pageOf(replica, filterOf({})))
line('first page, no filter, p95', ms(page), 'reference of the next lines: read by primary key')
for (const where of pairs) {
  const time = await p95(60, () => pageOf(replica, filterOf({ where })))
  line(`two filters ${JSON.stringify(where).slice(0, 60)}`, ms(time), `${(time / page).toFixed(1)} x`)
}
const ordered = await p95(60, () => pageOf(replica, filterOf({ where: { severity: ['major'] } }), 'actor'))
line('a filter, sorted by another field, p95', ms(ordered), `${(ordered / page).toFixed(1)} x`)
for (const text of texts) {
  const time = await p95(40, () => pageOf(replica, filterOf({ text })))
  line(`text 「${text}」 first 50, p95`, ms(time), `${(time / page).toFixed(1)} x`)
}
const counted = await p95(20, () => replica.call('count', filterOf({ text: '決済' })))
line('count of 「決済」 up to the cap, p95', ms(counted), `${(counted / page).toFixed(1)} x`)
await replica.close()
const reopenedAt = performance.now()
const again = openReplica({ directory, key, ephemeral: false })
await again.ready
await pageOf(again, filterOf({}))
line('reopened, first page', ms(performance.now() - reopenedAt), '')
await pageOf(again, filterOf({ where: { severity: ['critical'] } }))
line('reopened, first filtered page', ms(performance.now() - reopenedAt), 'loads the columns')
await again.close()
rmSync(directory, { recursive: true, force: true })
