import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beginDraft } from '#main/exports/draft-file.ts'
import { writeRows } from '#main/exports/rows-csv.ts'
import { streamRows } from '#main/link/open-desk.ts'
import { openReplica, type Replica } from '#main/replica/replica.ts'
import type { Filter } from '#protocol/desktop.ts'
import { payments } from '#protocol/payments-records.ts'
import { numbers } from './event-rows.ts'
import { paymentRow } from './payment-rows.ts'

/**
 * 決済 over the replica as the link drives it: filtered pages of the list (goal: p95 under 20 ms with a million payments),
 * and the export of 100,000 rows in constant memory. Beside them a page by primary key, and the same export of 10,000 rows.
 *   node bench/payments.bench.ts [payments]
 */
const total = Number(process.argv[2] ?? 1_000_000)
const perFrame = 500
const directory = mkdtempSync(join(tmpdir(), 'libral-payments-'))
const replica = openReplica({ directory, key: randomBytes(32), ephemeral: false })
replica.onNews((news) => {
  if (news.t === 'trouble') console.error(news)
})

const send = (frame: unknown): void => {
  replica.frame(1, Buffer.from(JSON.stringify(frame)))
}
const reached = (offset: number): Promise<void> =>
  new Promise((resolve) => {
    const stop = replica.onNews((news) => {
      if (news.t !== 'changed' || news.offset < offset) return
      stop()
      resolve()
    })
  })

const fill = async (into: Replica): Promise<void> => {
  await into.ready
  await into.begin(1)
  const answer = { mode: 'snapshot', epoch: 1, offset: 0, version: payments.version }
  send({ t: 'opened', size: 0, now: Date.now(), collections: { payments: answer } })
  send({ t: 'page', collection: 'payments', epoch: 1, rows: [], next: null, settled: 0 })
  const random = numbers(7)
  for (let from = 0; from < total; from += perFrame) {
    const to = Math.min(total, from + perFrame)
    const changes = Array.from({ length: to - from }, (_, nth) => {
      const row = paymentRow(from + nth, total, random)
      return [from + nth + 1, payments.name, row.payment, row]
    })
    // Twenty frames at a time: the worker is fed, and memory is not.
    const batch = (from / perFrame) % 20 === 19 || to === total
    const done = batch ? reached(to) : null
    send({ t: 'changes', to, changes })
    await done
  }
}

const p95 = async (runs: number, call: () => Promise<unknown>): Promise<number> => {
  const times: number[] = []
  for (let nth = 0; nth < runs; nth++) {
    const startedAt = performance.now()
    await call()
    times.push(performance.now() - startedAt)
  }
  return times.sort((left, right) => left - right)[Math.floor(runs * 0.95)] ?? 0
}
const line = (what: string, value: string, beside: string): void =>
  console.log(`${what.padEnd(52)}${value.padStart(12)}   ${beside}`)
const ms = (value: number): string => `${value.toFixed(1)} ms`

const filterOf = (part: Partial<Filter>): Filter => ({
  ...{ collection: payments.name, where: {}, range: null, text: '' },
  ...part,
})
const page = (filter: Filter): Promise<unknown> =>
  replica.call('query', { filter, sort: { field: null, descending: true }, after: null, limit: 100 })

const days = Array.from({ length: 21 }, (_, nth) => 20_260_601 + nth)
const filters: readonly (readonly [string, Partial<Filter>])[] = [
  ['provider and state', { where: { provider: ['stars'], state: ['disputed'] } }],
  ['state, few', { where: { state: ['unknown'] } }],
  [
    'currency and a range of amounts',
    { where: { currency: ['USD'] }, range: { field: 'amount', from: 99_000, to: null } },
  ],
  ['one day', { range: { field: 'day', from: 20_260_315, to: 20_260_316 } }],
  ['amounts, within 21 days', { where: { day: days }, range: { field: 'amount', from: 90_000, to: 95_000 } }],
  ['a month, a merchant', { where: { month: [202_602], merchant: ['osaka'], state: ['refunded'] } }],
  ['open cases', { where: { cases: Array.from({ length: 64 }, (_, nth) => nth + 1) } }],
  ['last four digits', { where: { last4: ['4711'] } }],
  ['nothing found', { where: { provider: ['stars'], currency: ['USD'] } }],
  ['text: a title', { text: '受講料' }],
  ['text: a title, refunded', { text: '入場券', where: { state: ['refunded'] } }],
  ['text: an amount', { text: '98,765' }],
]

/** Writes the newest rows as CSV; answers rows a second and how much memory was held at most beyond the beginning. */
const exported = async (most: number): Promise<{ readonly rate: number; readonly heldMiB: number }> => {
  const ending = new AbortController()
  const draft = await beginDraft(join(directory, `${most}.csv`))
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let held = 0
  let rows = 0
  const startedAt = performance.now()
  const source = {
    count: (filter: Filter) => replica.call('count', filter),
    stream: (filter: Filter, descending: boolean, signal: AbortSignal) =>
      streamRows(replica, filter, descending, signal),
  }
  const order = { filter: filterOf({}), descending: true, locale: 'ja' as const }
  for await (const progress of writeRows(draft, source as never, order, ending.signal)) {
    rows = progress.rows
    held = Math.max(held, process.memoryUsage().rss - before)
    if (rows >= most) break
  }
  const rate = (rows * 1_000) / (performance.now() - startedAt)
  await draft.finish()
  return { rate, heldMiB: held / 2 ** 20 }
}

/** How long it takes from the wish to stop until nothing of it is left. */
const cancelled = async (): Promise<number> => {
  const ending = new AbortController()
  const draft = await beginDraft(join(directory, 'cancelled.csv'))
  const source = {
    count: (filter: Filter) => replica.call('count', filter),
    stream: (filter: Filter, descending: boolean, signal: AbortSignal) =>
      streamRows(replica, filter, descending, signal),
  }
  const order = { filter: filterOf({}), descending: true, locale: 'ja' as const }
  let askedAt = 0
  for await (const { rows } of writeRows(draft, source as never, order, ending.signal)) {
    if (rows >= 5_000 && askedAt === 0) {
      askedAt = performance.now()
      ending.abort()
    }
  }
  await draft.discard()
  const took = performance.now() - askedAt
  if (readdirSync(directory).some((name) => name.includes('cancelled'))) throw new Error('a draft was left behind')
  return took
}

await fill(replica)
while ((await replica.call('backlog')) > 0) await new Promise((resolve) => setTimeout(resolve, 250))
const plain = await p95(200, () => page(filterOf({})))
line(`${total} payments: first page, no filter, p95`, ms(plain), 'reference: read by primary key')
for (const [name, part] of filters) {
  const time = await p95(60, () => page(filterOf(part)))
  if (time >= 20) process.exitCode = 1
  line(
    `page of 100, ${name}, p95`,
    ms(time),
    `${(time / plain).toFixed(1)} x; goal 20 ms: ${time < 20 ? 'met' : 'MISSED'}`,
  )
}
const small = await exported(Math.min(10_000, total))
const large = await exported(Math.min(100_000, total))
line('export of 10,000 rows', `${Math.round(small.rate)}/s`, `${small.heldMiB.toFixed(0)} MiB held`)
line(
  'export of 100,000 rows',
  `${Math.round(large.rate)}/s`,
  `${large.heldMiB.toFixed(0)} MiB held: constant if about the same; file ${(statSync(join(directory, `${Math.min(100_000, total)}.csv`), { throwIfNoEntry: false })?.size ?? 0) >> 20} MiB`,
)
line('export cancelled after', ms(await cancelled()), 'nothing is left of the file')
await replica.close()
rmSync(directory, { recursive: true, force: true })
