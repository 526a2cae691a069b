import { type Currency, currencies } from '#protocol/money.ts'
import { type RateRow, rateDays } from '#protocol/payments-books.ts'

const dayMs = 86_400_000
const ordinal = (day: number): number =>
  Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / dayMs

/** The newest rate of a currency that counts on a business day; undefined: none does. */
const rateFor = (rates: readonly RateRow[], currency: string, day: number): RateRow | undefined =>
  rates
    .filter((rate) => rate.currency === currency && rate.day <= day && ordinal(day) - ordinal(rate.day) < rateDays)
    .reduce<RateRow | undefined>((best, rate) => (best === undefined || rate.day > best.day ? rate : best), undefined)

/** The same for all vouchers of a journal, which share a few days. */
export const ratesOf = (rates: readonly RateRow[]): ((currency: string, day: number) => RateRow | undefined) => {
  const known = new Map<string, RateRow | undefined>()
  return (currency, day) => {
    const key = `${currency} ${day}`
    if (!known.has(key)) known.set(key, rateFor(rates, currency, day))
    return known.get(key)
  }
}

const decimals = 6
/**
 * Yen of an amount, half a yen and more rounded up.
 * @param rate null: the amount is in yen already
 */
export const yenOf = (minor: bigint, currency: Currency, rate: RateRow | null): bigint => {
  if (rate === null) return minor
  const [whole = '0', part = ''] = rate.yen.split('.')
  const scaled = BigInt(whole + part.padEnd(decimals, '0'))
  const unit = 10n ** BigInt(decimals + currencies[currency])
  return (minor * scaled * 2n + unit) / (unit * 2n)
}
