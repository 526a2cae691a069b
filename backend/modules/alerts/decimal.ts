/** Thresholds are decimal strings; measured values are floats. Both are compared as whole millionths. */
const places = 6

/** @param decimal as alerts.ts `decimalSchema` allows: up to six places after the point */
export const millionthsOf = (decimal: string): bigint => {
  const negative = decimal.startsWith('-')
  const [whole = '0', fraction = ''] = (negative ? decimal.slice(1) : decimal).split('.')
  const size = BigInt(whole + fraction.padEnd(places, '0').slice(0, places))
  return negative ? -size : size
}

/** A measured value to six places, so that 0.1 + 0.2 stands exactly at 0.3; null for what is no finite number. */
export const measuredMillionths = (value: number): bigint | null =>
  Number.isFinite(value) && Math.abs(value) < 1e15 ? millionthsOf(value.toFixed(places)) : null

/** A value as people read it: two places at most, no trailing zeros. */
export const shownDecimal = (value: number): string => String(Number(value.toFixed(2))).slice(0, 32)

/** At the threshold counts as beyond it, in both directions. */
export const isBeyond = (value: number, threshold: string, above: boolean): boolean => {
  const measured = measuredMillionths(value)
  if (measured === null) return false
  const bound = millionthsOf(threshold)
  return above ? measured >= bound : measured <= bound
}
