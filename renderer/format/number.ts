const whole = new Intl.NumberFormat('ja-JP', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('ja-JP', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const twoDigits = new Intl.NumberFormat('ja-JP', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export interface Figure {
  readonly value: string
  readonly unit: string
}

/** `12,345` */
export const integer = (value: number): string => whole.format(value)

/** Three significant places at most: `0.42`, `9.8`, `120`. */
export const decimal = (value: number): string => {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size < 1) return twoDigits.format(value)
  return size < 100 ? oneDigit.format(value) : whole.format(value)
}

/** `42.1` and `%`. */
export const percent = (value: number): Figure => ({ value: oneDigit.format(value), unit: '%' })

/** 稼働率 is rounded down: 99.999 never reads 100. Input 0–100. */
export const availability = (value: number): Figure => ({
  value: twoDigits.format(Math.floor(value * 100) / 100),
  unit: '%',
})

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const

/** Powers of 1,024: `3.4` and `GB`. */
export const bytes = (value: number): Figure => {
  let size = Math.max(0, value)
  let unit = 0
  while (size >= 1_024 && unit < byteUnits.length - 1) {
    size /= 1_024
    unit += 1
  }
  return { value: unit === 0 ? whole.format(size) : decimal(size), unit: byteUnits[unit] ?? 'B' }
}

export const bytesPerSecond = (value: number): Figure => {
  const { value: text, unit } = bytes(value)
  return { value: text, unit: `${unit}/s` }
}

/** Milliseconds, as seconds from 1,000 on. */
export const milliseconds = (value: number): Figure =>
  value >= 1_000 ? { value: decimal(value / 1_000), unit: 's' } : { value: decimal(value), unit: 'ms' }

/** `42.1%`, `3.4 GB`: the per cent sign follows at once, other units after a space. */
export const joined = ({ value, unit }: Figure): string =>
  unit === '%' || unit === '' ? value + unit : `${value} ${unit}`

/** Beyond the cap the count is not known: `10,000+` in English, 「1万件以上」 in Japanese. */
export const cappedCount = (
  locale: 'ja' | 'en',
  { count, capped }: { readonly count: number; readonly capped: boolean },
) => (locale === 'ja' ? (capped ? '1万件以上' : `${integer(count)}件`) : capped ? '10,000+' : integer(count))
