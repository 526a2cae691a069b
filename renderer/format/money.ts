import { type Money, moneyText } from '#protocol/money.ts'

/** Full-width ￥ is how Japanese screens write it; Latin text has ¥. */
const yen = { ja: '￥', en: '¥' } as const

/** Exactly, as a screen shows it: `￥1,234`, `$12.50`, `50 Stars`; what has no sign of its own keeps its code. */
export const money = (locale: 'ja' | 'en', { currency, minor }: Money): string => {
  const figures = moneyText({ currency, minor: minor < 0n ? -minor : minor }).slice(0, -currency.length - 1)
  const sign = minor < 0n ? '−' : ''
  if (currency === 'JPY') return `${sign}${yen[locale]}${figures}`
  if (currency === 'USD') return `${sign}$${figures}`
  return `${sign}${figures} ${currency === 'XTR' ? 'Stars' : currency}`
}
