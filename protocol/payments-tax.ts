import type { PaymentCurrency } from './payments.ts'

/**
 * 消費税 on documents. Prices include it; it is worked out once per rate over a document's whole sum of that rate, never
 * line by line (消費税法施行令 70の10, 基本通達 1-8-15), and rounded as the issuer has fixed.
 */

/** 切り捨て, 四捨五入, 切り上げ. */
export const roundings = ['floor', 'half-up', 'ceil'] as const
export type Rounding = (typeof roundings)[number]

/** 標準税率, 軽減税率, and 0 for what is not taxed, in percent. */
export const taxRates = [10, 8, 0] as const
export type TaxRate = (typeof taxRates)[number]
export const isTaxRate = (rate: number): rate is TaxRate => taxRates.some((one) => one === rate)
/** Lines of 軽減税率 are marked as such. */
export const isReduced = (rate: number): boolean => rate === 8

/** `over / under` to a whole number; neither is negative. */
export const roundedShare = (over: bigint, under: bigint, rounding: Rounding): bigint => {
  const whole = over / under
  const rest = over % under
  if (rest === 0n || rounding === 'floor') return whole
  return rounding === 'ceil' || rest * 2n >= under ? whole + 1n : whole
}

/** Of everything that one rate applies to, in yen: what was charged, the tax within it, and the rest. */
export interface RateSum {
  readonly rate: number
  readonly gross: bigint
  readonly net: bigint
  readonly tax: bigint
}

/** One sum for each rate that occurs, the highest first. */
export const taxByRate = (
  lines: readonly { readonly rate: number; readonly minor: bigint }[],
  rounding: Rounding,
): readonly RateSum[] => {
  const sums = new Map<number, bigint>()
  for (const { rate, minor } of lines) sums.set(rate, (sums.get(rate) ?? 0n) + minor)
  return [...sums]
    .toSorted(([one], [other]) => other - one)
    .map(([rate, gross]) => {
      const tax = roundedShare(gross * BigInt(rate), BigInt(100 + rate), rounding)
      return { rate, gross, net: gross - tax, tax }
    })
}

/**
 * 登録番号: T and thirteen digits. A corporation's are its 法人番号, whose first digit checks the other twelve:
 * 9 − (Σ Pn·Qn mod 9), n counted from the right, Qn 1 for odd n and 2 for even (財務省令 平成26年第70号 2条). Whether a sole
 * trader's number follows it is published nowhere, so that one is held to its form alone.
 */
export const registrationPattern = /^T[1-9][0-9]{12}$/
export const checkDigitOf = (twelve: string): number => {
  const sum = [...twelve].reverse().reduce((all, digit, nth) => all + Number(digit) * (nth % 2 === 0 ? 1 : 2), 0)
  return 9 - (sum % 9)
}
export const isCorporateNumber = (registration: string): boolean =>
  registrationPattern.test(registration) && checkDigitOf(registration.slice(2)) === Number(registration[1])

/** Documents are in yen: a tax in yen for another currency needs a rate, and none is recorded. */
export const documentCurrency = 'JPY' satisfies PaymentCurrency
/** 適格返還請求書: below this sum with tax, in yen, nobody has to make one (消費税法施行令 70の9). */
export const creditNoteFrom = 10_000n
