type Locale = 'ja' | 'en'

const units = [
  { seconds: 86_400, ja: '日', en: 'd' },
  { seconds: 3_600, ja: '時間', en: 'h' },
  { seconds: 60, ja: '分', en: 'min' },
  { seconds: 1, ja: '秒', en: 's' },
] as const

/** The two largest units, without spaces in Japanese: `3時間12分`, `3 h 12 min`. Negative reads as zero. */
export const duration = (locale: Locale, ms: number): string => {
  const total = Math.max(0, Math.floor(ms / 1_000))
  const first = units.findIndex(({ seconds }) => total >= seconds)
  if (first < 0) return locale === 'ja' ? '0秒' : '0 s'
  const parts: string[] = []
  let rest = total
  for (const unit of units.slice(first, first + 2)) {
    const count = Math.floor(rest / unit.seconds)
    rest -= count * unit.seconds
    if (count > 0 || parts.length === 0) parts.push(locale === 'ja' ? `${count}${unit.ja}` : `${count} ${unit.en}`)
  }
  return parts.join(locale === 'ja' ? '' : ' ')
}

/** How long ago in the largest unit alone: `3分前`, `3 min ago`; under two seconds `今`, `now`. */
export const ago = (locale: Locale, ms: number): string => {
  const total = Math.max(0, Math.floor(ms / 1_000))
  if (total < 2) return locale === 'ja' ? '今' : 'now'
  const unit = units.find(({ seconds }) => total >= seconds) ?? units[3]
  const count = Math.floor(total / unit.seconds)
  return locale === 'ja' ? `${count}${unit.ja}前` : `${count} ${unit.en} ago`
}
