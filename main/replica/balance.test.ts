import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import { type AccountRow, accountKey, transfers } from '#protocol/payments-records.ts'
import { checkBalances } from './balance.ts'
import { type Db, openDatabase } from './open-database.ts'
import { createRows, type Rows } from './rows.ts'
import { migrate } from './schema.ts'

const open: Db[] = []
afterEach(() => {
  for (const db of open.splice(0)) db.close()
})

interface Booked {
  readonly debit: string
  readonly credit: string
  readonly currency: string
  readonly minor: bigint
}
const names = ['clearing:paypay', 'merchant:main', 'taxes', 'fees:paypay', 'bank'] as const
const booked = fc.record({
  debit: fc.constantFrom(...names),
  credit: fc.constantFrom(...names),
  currency: fc.constantFrom('JPY', 'USD', 'XTR'),
  minor: fc.oneof(fc.bigInt(1n, 10_000n), fc.bigInt(1n, 10n ** 15n), fc.bigInt(10n ** 15n, 10n ** 30n)),
})

const rowsOf = (all: readonly Booked[]): Rows => {
  const db = openDatabase({
    path: join(mkdtempSync(join(tmpdir(), 'libral-balance-')), 'replica.db'),
    ...{ key: '07'.repeat(32), synchronous: 'NORMAL', maxPages: null },
  })
  open.push(db)
  migrate(db)
  const rows = createRows(db, transfers)
  rows.facets()
  const changes = all.map(({ minor, ...rest }, nth): [string, Json] => {
    const key = `${String(nth).padStart(12, '0')}-000-00`
    const amount = Math.min(Number(minor), 999_999_999_999_999)
    return [key, { key, ...rest, minor: minor.toString(), amount, kind: 'manual', payment: '', day: 1, at: 1 }]
  })
  db.transaction(() => rows.put(new Map(changes)))()()
  return rows
}

/** The balances by plain arithmetic. */
const balancesOf = (all: readonly Booked[]): readonly AccountRow[] => {
  const rows = new Map<string, AccountRow>()
  const add = (account: string, currency: string, side: 'debits' | 'credits', minor: bigint): void => {
    const key = accountKey(account, currency)
    const row = rows.get(key) ?? { key, account, currency, debits: '0', credits: '0', transfers: 0, changedAt: 0 }
    const sum = (BigInt(row[side]) + minor).toString()
    rows.set(key, { ...row, [side]: sum, transfers: row.transfers + 1 } as AccountRow)
  }
  for (const { debit, credit, currency, minor } of all) {
    add(debit, currency, 'debits', minor)
    add(credit, currency, 'credits', minor)
  }
  return [...rows.values()]
}

describe('the check of balances', () => {
  it('finds every balance as plain arithmetic does, of whatever size', () => {
    fc.assert(
      fc.property(fc.array(booked, { maxLength: 40 }), (all) => {
        const check = checkBalances(rowsOf(all), balancesOf(all), true)
        expect(check).toMatchObject({ whole: true, transfers: all.length, differing: 0, differences: [] })
        for (const { debits, credits } of check.currencies) expect(debits).toBe(credits)
      }),
      { numRuns: 60 },
    )
  })

  it('names the balance that one changed, dropped or added yen makes wrong', () => {
    const all: readonly Booked[] = [
      { debit: 'clearing:paypay', credit: 'merchant:main', currency: 'JPY', minor: 1_000n },
      { debit: 'fees:paypay', credit: 'clearing:paypay', currency: 'JPY', minor: 22n },
    ]
    const rows = rowsOf(all)
    const kept = balancesOf(all)
    const edited = kept.map((row) => (row.account === 'merchant:main' ? { ...row, credits: '1001' } : row))
    expect(checkBalances(rows, edited, true)).toMatchObject({
      whole: true,
      differing: 1,
      differences: [{ account: 'merchant:main', kept: { credits: '1001' }, found: { credits: '1000' } }],
    })
    const missing = checkBalances(rows, kept.slice(1), true)
    expect(missing.differences.map(({ account }) => account)).toEqual(['clearing:paypay'])
    expect(missing.whole).toBe(false)
    expect(checkBalances(rowsOf(all.slice(1)), kept, true)).toMatchObject({ whole: false, differing: 2 })
    expect(checkBalances(null, [], false)).toMatchObject({ whole: false, transfers: 0, currencies: [] })
  })
})
