import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '#main/replica/open-database.ts'
import { openReplica, type Replica } from '#main/replica/replica.ts'
import { type AccountRow, accountKey, accounts, transfers } from '#protocol/payments-records.ts'
import { numbers } from './event-rows.ts'

/**
 * 残高の検算 over a million transfers, as the desktop does it at the press of a button: every balance added up anew and held
 * against the one that is kept (goal: under 3 s). Also the first after a start, which reads the columns from disk. Beside it
 * the same sums by SQL over the same rows, in a table of their own of the same encrypted engine.
 *   node bench/ledger.bench.ts [transfers]
 */
const total = Number(process.argv[2] ?? 1_000_000)
const goalMs = 3_000
const perFrame = 1_000
const began = Date.parse('2025-11-21T00:00:00+09:00')
const key = randomBytes(32)
const directory = mkdtempSync(join(tmpdir(), 'libral-ledger-'))

const shapes = [
  ['capture', 'clearing:paypay', 'merchant:main', 'JPY'],
  ['capture', 'clearing:paypay', 'taxes', 'JPY'],
  ['fee', 'fees:paypay', 'clearing:paypay', 'JPY'],
  ['capture', 'clearing:paypal', 'merchant:osaka', 'USD'],
  ['fee', 'fees:paypal', 'clearing:paypal', 'USD'],
  ['capture', 'clearing:stars', 'merchant:online', 'XTR'],
  ['refund', 'refunds', 'clearing:paypay', 'JPY'],
  ['dispute', 'disputes:paypal', 'clearing:paypal', 'USD'],
] as const

const random = numbers(11)
const kept = new Map<string, { debits: bigint; credits: bigint; transfers: number }>()
const rowOf = (nth: number) => {
  const [kind, debit, credit, currency] = shapes[Math.floor(random() * shapes.length)] ?? shapes[0]
  const amount = 1 + Math.floor(random() ** 3 * 1_000_000)
  for (const [account, side] of [
    [debit, 'debits'],
    [credit, 'credits'],
  ] as const) {
    const of = accountKey(account, currency)
    const sums = kept.get(of) ?? { debits: 0n, credits: 0n, transfers: 0 }
    kept.set(of, { ...sums, [side]: sums[side] + BigInt(amount), transfers: sums.transfers + 1 })
  }
  const at = began + Math.floor((nth / total) * 365 * 86_400_000)
  const day = Number(new Date(at + 9 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', ''))
  return {
    ...{ key: `${String(nth).padStart(12, '0')}-000-00`, at, day, kind, debit, credit, currency },
    ...{ minor: String(amount), amount, payment: '', note: '', by: 'payments' },
  }
}

const send = (replica: Replica, frame: unknown): void => {
  replica.frame(1, Buffer.from(JSON.stringify(frame)))
}
const reached = (replica: Replica, offset: number): Promise<void> =>
  new Promise((resolve) => {
    const stop = replica.onNews((news) => {
      if (news.t !== 'changed' || news.offset < offset) return
      stop()
      resolve()
    })
  })

/** The same rows for the reference, as SQL likes them best. */
const bare = openDatabase({
  ...{ path: join(directory, 'bare.db'), key: key.toString('hex'), synchronous: 'NORMAL', maxPages: null },
})
bare.exec('CREATE TABLE t (debit TEXT, credit TEXT, currency TEXT, amount INTEGER)')
const insert = bare.prepare('INSERT INTO t VALUES (?, ?, ?, ?)')

const fill = async (replica: Replica): Promise<void> => {
  await replica.ready
  await replica.begin(1)
  const as = { mode: 'snapshot', epoch: 1, offset: 0 }
  const collections = {
    [transfers.name]: { ...as, version: transfers.version },
    [accounts.name]: { ...as, version: accounts.version },
  }
  send(replica, { t: 'opened', size: 0, now: Date.now(), collections })
  for (const collection of [transfers.name, accounts.name])
    send(replica, { t: 'page', collection, epoch: 1, rows: [], next: null, settled: 0 })
  for (let from = 0; from < total; from += perFrame) {
    const to = Math.min(total, from + perFrame)
    const rows = Array.from({ length: to - from }, (_, nth) => rowOf(from + nth))
    bare.transaction(() => {
      for (const { debit, credit, currency, amount } of rows) insert.run(debit, credit, currency, amount)
    })()
    const batch = (from / perFrame) % 10 === 9 || to === total
    const done = batch ? reached(replica, to) : null
    send(replica, {
      t: 'changes',
      to,
      changes: rows.map((row, nth) => [from + nth + 1, transfers.name, row.key, row]),
    })
    await done
  }
  const rows = [...kept].map(([of, { debits, credits, transfers: count }]): AccountRow => {
    const [account = '', currency = ''] = of.split('/')
    const sums = { debits: debits.toString(), credits: credits.toString(), transfers: count, changedAt: began }
    return { key: of, account, currency, ...sums } as AccountRow
  })
  const done = reached(replica, total + 1)
  send(replica, { t: 'changes', to: total + 1, changes: rows.map((row) => [total + 1, accounts.name, row.key, row]) })
  await done
}

const timed = async <T>(work: () => Promise<T> | T): Promise<readonly [ms: number, T]> => {
  const begunAt = performance.now()
  const value = await work()
  return [performance.now() - begunAt, value]
}
const line = (what: string, value: string, beside: string): void =>
  console.log(`${what.padEnd(52)}${value.padStart(12)}   ${beside}`)
const ms = (value: number): string => `${value.toFixed(0)} ms`

const first = openReplica({ directory, key, ephemeral: false })
first.onNews((news) => {
  if (news.t === 'trouble') console.error(news)
})
await fill(first)
await first.close()

const [reference] = await timed(() =>
  bare
    .prepare(
      `SELECT account, currency, sum(debits), sum(credits) FROM (
        SELECT debit AS account, currency, amount AS debits, 0 AS credits FROM t
        UNION ALL SELECT credit, currency, 0, amount FROM t) GROUP BY account, currency`,
    )
    .all(),
)
bare.close()

const replica = openReplica({ directory, key, ephemeral: false })
await replica.ready
const [cold, check] = await timed(() => replica.call('balances'))
const warm: number[] = []
for (let nth = 0; nth < 20; nth++) warm.push((await timed(() => replica.call('balances')))[0])
const p95 = warm.sort((one, other) => one - other)[18] ?? 0
if (check.differing > 0 || check.transfers !== total) throw new Error(JSON.stringify(check).slice(0, 500))
if (check.currencies.some(({ debits, credits }) => debits !== credits)) throw new Error('debits are not credits')
const verdict = (value: number): string => `goal ${goalMs} ms: ${value < goalMs ? 'reached' : 'MISSED'}`
line(
  `${total} transfers by SQL, ${check.accounts} balances`,
  ms(reference),
  'reference: sums grouped by account and currency',
)
line('balance check, the first after a start', ms(cold), `${(cold / reference).toFixed(2)} x; ${verdict(cold)}`)
line('balance check, p95', ms(p95), `${(p95 / reference).toFixed(2)} x; ${verdict(p95)}`)
await replica.close()
rmSync(directory, { recursive: true, force: true })
if (Math.max(cold, p95) >= goalMs) process.exitCode = 1
