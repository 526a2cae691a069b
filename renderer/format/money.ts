import { type Currency, currencies, type Money, moneyText } from '#protocol/money.ts'

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
/** A text in which amounts stand as records write them (`1,200 JPY`), with each as a screen shows it: `￥1,200`. */
export const moneyShown = (locale: 'ja' | 'en', text: string): string =>
  text.replace(/(?<![\w.,-])([0-9][0-9,]*(?:\.[0-9]+)?) ([A-Z]{3})\b/g, (said, figures: string, code: string) => {
    const currency = (Object.keys(currencies) as Currency[]).find((one) => one === code)
    const minor = currency === undefined ? null : minorOf(currency, figures)
    return currency === undefined || minor === null ? said : money(locale, { currency, minor })
  })

/** What a person types of an amount, in minor units; full-width digits and separators too. null: no amount. */
export const minorOf = (currency: Currency, text: string): bigint | null => {
  const plain = text.normalize('NFKC').replace(/[,\s¥$円]/g, '')
  const places = currencies[currency]
  const [, whole, part = ''] = /^([0-9]{1,30})(?:\.([0-9]*))?$/.exec(plain) ?? []
  if (whole === undefined || part.length > places || (plain.includes('.') && part === '')) return null
  return BigInt(whole + part.padEnd(places, '0'))
}

/** As a field shows it: `1234`, `12.50`. */
export const majorText = (currency: Currency, minor: bigint): string =>
  moneyText({ currency, minor })
    .slice(0, -currency.length - 1)
    .replaceAll(',', '')
