import { replacePlace, useLocation } from '../../app/navigation.ts'

export const ranges = ['5m', '1h', '24h', '7d', '30d'] as const
export type RangeId = (typeof ranges)[number]

export const rangeSeconds: Readonly<Record<RangeId, number>> = {
  '5m': 300,
  '1h': 3_600,
  '24h': 86_400,
  '7d': 7 * 86_400,
  '30d': 30 * 86_400,
}

/** How often a range is read again; null: it is drawn from live samples. */
export const refreshMs: Readonly<Record<RangeId, number | null>> = {
  '5m': null,
  '1h': 10_000,
  '24h': 30_000,
  '7d': 300_000,
  '30d': 300_000,
}

const isRange = (text: string | null): text is RangeId => ranges.some((range) => range === text)

/** The range in the address: `#/monitoring?range=24h`. */
export const useRange = (): readonly [RangeId, (range: RangeId) => void] => {
  const { search } = useLocation()
  const given = new URLSearchParams(search).get('range')
  return [isRange(given) ? given : '5m', chooseRange]
}

export const chooseRange = (range: RangeId): void =>
  replacePlace({ page: 'monitoring', key: null, search: range === '5m' ? '' : `range=${range}` })
