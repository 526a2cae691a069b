import type { SilenceRow } from '#protocol/alerts.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { useDesktopState } from '../../app/streams.ts'

/** Silences that still last, by rule. */
export const useSilences = (): ReadonlyMap<string, SilenceRow> => {
  const now = useNow() + (useDesktopState()?.link.skewMs ?? 0)
  const { rows } = useList<SilenceRow>('alerts.silences')
  return new Map(rows.filter(({ until }) => until > now).map((row) => [row.rule as string, row]))
}
