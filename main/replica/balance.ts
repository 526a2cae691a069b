import { LibralError } from '#protocol/errors.ts'
import type { PaymentCurrency } from '#protocol/payments.ts'
import type { BalanceCheck } from '#protocol/payments-balance.ts'
import { type AccountRow, accountKey, type TransferRow } from '#protocol/payments-records.ts'
import type { Column } from './column.ts'
import type { Rows } from './rows.ts'

/** The number of a transfer's row is capped here (protocol/payments-records.ts); its text is not. */
const capped = 999_999_999_999_999
/** A sum of doubles is exact below 2^53; beyond this it goes into a bigint. */
const exact = 2 ** 52
const mostShown = 100

const columnOf = (rows: Rows, name: string): Column => {
  const column = rows.facets().column(name)
  if (column === undefined) throw new LibralError('collection.filter-invalid', { field: name })
  return column
}

/** Sums by a pair of codes. */
interface Sums {
  add(code: number, amount: number, whole: () => bigint): void
  of(code: number): bigint
}
const createSums = (codes: number): Sums => {
  const parts = new Float64Array(codes)
  const wholes = new Map<number, bigint>()
  const carry = (code: number, by: bigint): void => void wholes.set(code, (wholes.get(code) ?? 0n) + by)
  return {
    add: (code, amount, whole) => {
      if (amount >= capped) return carry(code, whole())
      const sum = (parts[code] as number) + amount
      if (sum < exact) parts[code] = sum
      else {
        carry(code, BigInt(sum))
        parts[code] = 0
      }
    },
    of: (code) => (wholes.get(code) ?? 0n) + BigInt(parts[code] ?? 0),
  }
}

/** What one account has on one side in one currency. */
interface Part {
  readonly side: 'debits' | 'credits'
  readonly account: string
  readonly currency: string
  readonly sum: bigint
}

const partsOf = (side: Part['side'], column: Column, currency: Column, sums: Sums): readonly Part[] => {
  const parts: Part[] = []
  const kinds = currency.codes()
  for (let kind = 1; kind < kinds; kind++) {
    for (let code = 1; code < column.codes(); code++) {
      const sum = sums.of(code * kinds + kind)
      if (sum !== 0n) parts.push({ side, account: column.text(code), currency: currency.text(kind), sum })
    }
  }
  return parts
}

const addUp = (transfers: Rows): readonly Part[] => {
  const facets = transfers.facets()
  const size = facets.size()
  if (size === 0) return []
  const [debit, credit, currency, amount] = (['debit', 'credit', 'currency', 'amount'] as const).map((name) =>
    columnOf(transfers, name),
  ) as [Column, Column, Column, Column]
  const kinds = currency.codes()
  const debits = createSums(debit.codes() * kinds)
  const credits = createSums(credit.codes() * kinds)
  for (let at = 0; at < size; at++) {
    const minor = amount.raw(at)
    const whole = (): bigint => {
      const row = JSON.parse(transfers.table.body(facets.id(at)) ?? '{"minor":"0"}') as Pick<TransferRow, 'minor'>
      return BigInt(row.minor)
    }
    const kind = currency.raw(at)
    debits.add(debit.raw(at) * kinds + kind, minor, whole)
    credits.add(credit.raw(at) * kinds + kind, minor, whole)
  }
  return [...partsOf('debits', debit, currency, debits), ...partsOf('credits', credit, currency, credits)]
}

type Both = Readonly<Record<Part['side'], bigint>>
const none: Both = { debits: 0n, credits: 0n }
const sumBy = (parts: readonly Part[], keyOf: (part: Part) => string): ReadonlyMap<string, Both> => {
  const sums = new Map<string, Both>()
  for (const part of parts) {
    const before = sums.get(keyOf(part)) ?? none
    sums.set(keyOf(part), { ...before, [part.side]: before[part.side] + part.sum })
  }
  return sums
}

/**
 * Adds up all transfers by account and currency, over the columns in memory, and holds the sums against the balances that
 * are kept. One call, so that both are of the same moment.
 * @param transfers rows of `payments.transfers`; null: there are none
 * @param accounts rows of `payments.accounts`
 * @param ready both are here as they are at the backend
 */
export const checkBalances = (
  transfers: Rows | null,
  accounts: readonly AccountRow[],
  ready: boolean,
): BalanceCheck => {
  const begunAt = performance.now()
  const size = transfers?.facets().size() ?? 0
  const parts = transfers === null ? [] : addUp(transfers)
  const found = sumBy(parts, ({ account, currency }) => accountKey(account, currency))
  const totals = sumBy(parts, ({ currency }) => currency)
  const kept = new Map(accounts.map((row) => [row.key, row]))
  const differing = [...new Set([...kept.keys(), ...found.keys()])].sort().flatMap((key) => {
    const { debits = '0', credits = '0' } = kept.get(key) ?? {}
    const sums = found.get(key) ?? none
    if (BigInt(debits) === sums.debits && BigInt(credits) === sums.credits) return []
    const [account = '', currency = ''] = key.split('/')
    const added = { debits: sums.debits.toString(), credits: sums.credits.toString() }
    return [{ account, currency, kept: { debits, credits }, found: added }]
  })
  return {
    // Each counts once on either side: where older ones were dropped, there are fewer of them than accounts have seen.
    whole: ready && accounts.reduce((sum, row) => sum + row.transfers, 0) === 2 * size,
    transfers: size,
    accounts: kept.size,
    currencies: [...totals].sort().map(([currency, { debits, credits }]) => {
      return { currency: currency as PaymentCurrency, debits: debits.toString(), credits: credits.toString() }
    }),
    differences: differing.slice(0, mostShown) as BalanceCheck['differences'],
    differing: differing.length,
    tookMs: performance.now() - begunAt,
  }
}
